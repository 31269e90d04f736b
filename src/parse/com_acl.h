/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Who may use COM from afar: the security descriptors of MachineAccessRestriction and
 * MachineLaunchRestriction, in the registry's binary form, or as the text (SDDL) of a policy.
 */
#ifndef PARSE_COM_ACL_H
#define PARSE_COM_ACL_H

#include <stddef.h>
#include <stdint.h>

#define COM_EXECUTE 1U
#define COM_EXECUTE_LOCAL 2U
#define COM_EXECUTE_REMOTE 4U
#define COM_ACTIVATE_LOCAL 8U
#define COM_ACTIVATE_REMOTE 16U
#define COM_ALL 31U

/* COM_ACL_BAD: cut short, or of a form that is not known. */
enum com_acl { COM_ACL_BAD, COM_ACL_GRANTED, COM_ACL_REFUSED };

/* Has an administrator who comes over the network all of these rights? */
enum com_acl com_acl_binary(const void *p, size_t len, uint32_t rights);
enum com_acl com_acl_text(const char *sddl, uint32_t rights);

#endif
