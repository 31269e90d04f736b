#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a Windows event log (.evtx) of text: mkevtx.py TEXT LOG.

A line of text is an event: time, provider, event id (and :QUALIFIERS), level, its data.

  2024-02-28T08:00:00Z NETLOGON 3210 2 CORP '\\\\dc1.corp.example'
  2024-02-28T08:00:05Z "Service Control Manager" 7036:16384 4 param1=Netlogon param2=running binary=Netlogon/4

Data of the form NAME=VALUE is named, NAME:TYPE=VALUE is no string (TYPES lists them); binary=VALUE
is the text of the event's Binary, in UTF-16.  All times are UTC.  Other lines, which hold for the log or from where they stand on:

  record N          the next record's number
  chunk             begin a new chunk
  fill N LINE       N events of that line, a second apart
  damage            flip a byte of the records of the chunk that ends here
  dirty             the log was open: its header names its first chunk as its newest, and the
                    header of the newest chunk knows none of its records but the first
  round N           the log is full and has gone round: its oldest chunk is the N-th of the file

The records are as Windows writes them: one template a chunk for what all events have, whose gaps
the record fills, and one for each kind of EventData, a document of its own in the last gap.  Left
out are the hash tables of a chunk's header, which no reader needs.
"""
import calendar
import re
import shlex
import struct
import sys
import time
import uuid
import zlib

HEADER, CHUNK, DATA = 4096, 65536, 512
NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
STRING, UINT8, UINT16, UINT64, BINARY, FILETIME, HEX64, XML, STRINGS = (
    0x01, 0x04, 0x06, 0x0A, 0x0E, 0x11, 0x15, 0x21, 0x81)
NAMED = re.compile(r"([A-Za-z]\w*)(?::(\w+))?=(.*)", re.S)


def packed(fmt, base=0):
    return lambda text: struct.pack("<" + fmt, int(text, base))


def sid(text):
    parts = [int(p) for p in text.split("-")[1:]]
    return bytes([parts[0], len(parts) - 2]) + parts[1].to_bytes(6, "big") + b"".join(
        struct.pack("<I", p) for p in parts[2:])


TYPES = {"ansi": (0x02, str.encode), "int8": (0x03, packed("b")), "uint8": (0x04, packed("B")),
         "int16": (0x05, packed("h")), "uint16": (0x06, packed("H")), "int32": (0x07, packed("i")),
         "uint32": (0x08, packed("I")), "int64": (0x09, packed("q")), "uint64": (0x0A, packed("Q")),
         "double": (0x0C, lambda t: struct.pack("<d", float(t))), "bool": (0x0D, packed("I")),
         "binary": (0x0E, bytes.fromhex), "guid": (0x0F, lambda t: uuid.UUID(t).bytes_le),
         "time": (0x11, lambda t: struct.pack("<Q", filetime(t))), "sid": (0x13, sid),
         "hex32": (0x14, packed("I")), "hex64": (0x15, packed("Q"))}


def filetime(text):
    seconds = calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))
    return (seconds + 11644473600) * 10000000


def utf16(text):
    return text.encode("utf-16-le")


def name_hash(text):
    value = 0
    for c in text:
        value = (value * 65599 + ord(c)) & 0xFFFFFFFF
    return value & 0xFFFF


class Event:
    def __init__(self, line, later=0):
        words = shlex.split(line)
        number, _, qualifiers = words[2].partition(":")
        self.when = filetime(words[0]) + later * 10000000
        self.provider, self.id = words[1], int(number)
        self.qualifiers = int(qualifiers) if qualifiers else None
        self.level, self.binary = int(words[3]), None
        self.names, self.values, self.texts = [], [], []  # named, or not
        for word in words[4:]:
            named = NAMED.fullmatch(word)
            if named and named[1] == "binary":
                self.binary = utf16(named[3] + "\0")
            elif named:
                self.names.append(named[1])
                kind, pack = TYPES[named[2]] if named[2] else (STRING, utf16)
                self.values.append((kind, pack(named[3])))
            else:
                self.texts.append(word)


class Chunk:
    """One of 64 KiB; whatever names a place names it from its start."""

    def __init__(self):
        self.buf = bytearray(DATA)
        self.names, self.templates, self.records = {}, {}, []
        self.damaged = False

    def put(self, fmt, *values):
        self.buf += struct.pack("<" + fmt, *values)

    def size_from(self, at):
        """Fills the 4 bytes at that place with how many follow them."""
        struct.pack_into("<I", self.buf, at, len(self.buf) - at - 4)

    def put_name(self, text):
        if text in self.names:
            self.put("I", self.names[text])
            return
        at = self.names[text] = len(self.buf) + 4
        self.put("IIHH", at, 0, name_hash(text), len(text))
        self.buf += utf16(text + "\0")

    def attribute(self, name, value, more=False):
        self.put("B", 0x46 if more else 0x06)
        self.put_name(name)
        self.value(value)

    def value(self, value):
        """A text, or a gap: (number, type)."""
        if isinstance(value, str):
            self.put("BBH", 0x05, STRING, len(value))
            self.buf += utf16(value)
        else:
            self.put("BHB", 0x0E, *value)

    def element(self, name, attributes=(), body=None):
        self.put("BH", 0x41 if attributes else 0x01, 0xFFFF)
        at = len(self.buf)
        self.put("I", 0)
        self.put_name(name)
        if attributes:
            start = len(self.buf)
            self.put("I", 0)
            for i, (key, value) in enumerate(attributes):
                self.attribute(key, value, i + 1 < len(attributes))
            self.size_from(start)
        if body is None:
            self.put("B", 0x03)
        else:
            self.put("B", 0x02)
            body() if callable(body) else self.value(body)
            self.put("B", 0x04)
        self.size_from(at)

    def instance(self, key, define, values):
        """A template's, which stands where it is first used; values: [(type, bytes)]"""
        number = uuid.uuid5(uuid.NAMESPACE_URL, repr(key))
        self.put("BBI", 0x0C, 1, number.fields[0])
        if key in self.templates:
            self.put("I", self.templates[key])
        else:
            at = self.templates[key] = len(self.buf) + 4
            self.put("II", at, 0)
            self.buf += number.bytes_le
            size = len(self.buf)
            self.put("IBBBB", 0, 0x0F, 1, 1, 0)
            define()
            self.put("B", 0x00)
            self.size_from(size)
        self.put("I", len(values))
        for kind, data in values:
            self.put("HBB", len(data), kind, 0)
        for _, data in values:
            self.buf += data

    def event_data(self, event):
        gap = 0
        for name, (kind, _) in zip(event.names, event.values):
            self.element("Data", [("Name", name)], (gap, kind))
            gap += 1
        if event.texts:
            self.element("Data", body=(gap, STRINGS))
            gap += 1
        if event.binary:
            self.element("Binary", body=(gap, BINARY))

    def data_document(self, event):
        """In a gap: its bytes must be known before its size can be written, and stand behind."""
        self.put("BBBB", 0x0F, 1, 1, 0)
        values = list(event.values)
        if event.texts:
            values.append((STRINGS, b"".join(utf16(t + "\0") for t in event.texts)))
        if event.binary:
            values.append((BINARY, event.binary))
        key = tuple(event.names), tuple(k for k, _ in values), bool(event.binary)
        self.instance(key, lambda: self.element(
            "EventData", body=(lambda: self.event_data(event)) if values else None), values)
        self.put("B", 0x00)

    def document(self):
        gap = iter(range(99))

        def system():
            self.element("Provider", [("Name", (next(gap), STRING))])
            self.element("EventID", [("Qualifiers", (next(gap), UINT16))], (next(gap), UINT16))
            self.element("Level", body=(next(gap), UINT8))
            self.element("Keywords", body=(next(gap), HEX64))
            self.element("TimeCreated", [("SystemTime", (next(gap), FILETIME))])
            self.element("EventRecordID", body=(next(gap), UINT64))
            self.element("Channel", body=(next(gap), STRING))
            self.element("Computer", body=(next(gap), STRING))

        def event():
            self.element("System", body=system)
            self.value((next(gap), XML))

        self.element("Event", [("xmlns", NAMESPACE)], event)

    def add(self, number, event):
        """False: no room is left, and nothing was added."""
        undo = bytes(self.buf), dict(self.names), dict(self.templates)
        start = len(self.buf)
        self.put("IIQQ", 0x2A2A, 0, number, event.when)
        self.put("BBBB", 0x0F, 1, 1, 0)
        values = [(STRING, utf16(event.provider)),
                  (UINT16, struct.pack("<H", event.qualifiers))
                  if event.qualifiers is not None else (0, b""),
                  (UINT16, struct.pack("<H", event.id)), (UINT8, bytes([event.level])),
                  (HEX64, struct.pack("<Q", 0x80000000000000)),
                  (FILETIME, struct.pack("<Q", event.when)), (UINT64, struct.pack("<Q", number)),
                  (STRING, utf16("System")), (STRING, utf16("WIN-0123456789A"))]
        self.instance("event", self.document, values + [(XML, b"")])
        # The last value's size stands before all values; then it is written in its place.
        size_at = len(self.buf) - sum(len(d) for _, d in values) - 4
        at = len(self.buf)
        self.data_document(event)
        struct.pack_into("<H", self.buf, size_at, len(self.buf) - at)
        self.put("B", 0x00)
        size = len(self.buf) + 4 - start
        self.put("I", size)
        struct.pack_into("<I", self.buf, start + 4, size)
        if len(self.buf) > CHUNK:
            self.buf, self.names, self.templates = bytearray(undo[0]), undo[1], undo[2]
            return False
        self.records.append((number, start))
        return True

    def sealed(self, unsealed=False):
        """With its header; unsealed: as it was when the first record had been written."""
        buf, end = bytearray(self.buf.ljust(CHUNK, b"\0")), len(self.buf)
        (first, at), (last, last_at) = self.records[0], self.records[-1]
        if unsealed:
            last, last_at = first, at
            end = self.records[1][1] if len(self.records) > 1 else end
        struct.pack_into("<8sQQQQIII", buf, 0, b"ElfChnk\0", first, last, first, last, 128,
                         last_at, end)
        struct.pack_into("<I", buf, 52, zlib.crc32(buf[DATA:end]))
        struct.pack_into("<I", buf, 124, zlib.crc32(buf[128:DATA], zlib.crc32(buf[:120])))
        if unsealed:
            struct.pack_into("<I", buf, 120, 1)
        if self.damaged:
            buf[end - 40] ^= 0xFF
        return bytes(buf)


class Log:
    def __init__(self):
        self.chunks, self.number = [Chunk()], 1
        self.dirty, self.turn = False, 0

    def add(self, event):
        if not self.chunks[-1].add(self.number, event):
            self.chunks.append(Chunk())
            if not self.chunks[-1].add(self.number, event):
                raise ValueError("an event is too large")
        self.number += 1

    def read(self, text):
        for line in text.splitlines():
            verb, _, rest = line.strip().partition(" ")
            if not verb or verb.startswith("#"):
                continue
            if verb == "record":
                self.number = int(rest)
            elif verb == "chunk":
                self.chunks.append(Chunk())
            elif verb == "damage":
                self.chunks[-1].damaged = True
            elif verb == "dirty":
                self.dirty = True
            elif verb == "round":
                self.turn = int(rest)
            elif verb == "fill":
                count, _, rest = rest.partition(" ")
                for i in range(int(count)):
                    self.add(Event(rest, i))
            else:
                self.add(Event(line))
        self.chunks = [c for c in self.chunks if c.records]

    def image(self):
        n = len(self.chunks)
        chunks = [c.sealed(self.dirty and i == n - 1) for i, c in enumerate(self.chunks)]
        turn = self.turn % n if n else 0
        chunks = chunks[n - turn:] + chunks[:n - turn]
        first, last = turn, 0 if self.dirty else (turn + n - 1) % max(n, 1)
        header = bytearray(HEADER)
        struct.pack_into("<8sQQQIHHHH", header, 0, b"ElfFile\0", first, last, self.number, 128, 1,
                         3, HEADER, n)
        struct.pack_into("<I", header, 120, self.dirty | (2 if self.turn else 0))
        struct.pack_into("<I", header, 124, zlib.crc32(header[:120]))
        return bytes(header) + b"".join(chunks)


def make(text):
    log = Log()
    log.read(text)
    return log.image()


def main():
    with open(sys.argv[1], encoding="utf-8") as source, open(sys.argv[2], "wb") as out:
        out.write(make(source.read()))


if __name__ == "__main__":
    main()
