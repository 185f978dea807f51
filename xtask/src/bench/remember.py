"""Fills a state file as a sync leaves it that found everybody right: JSON lines on standard input, the file as argument."""

import json
import sqlite3
import sys
import uuid

connection = sqlite3.connect(sys.argv[1])


def people():
    for line in sys.stdin:
        person = json.loads(line)
        etag = person["etag"].removeprefix("W/").strip('"')
        stem = person["file"].rsplit("_", 1)[0].lower()
        yield uuid.UUID(person["id"]).bytes, etag, stem, person["length"], person["modified"], bytes(64)


connection.executemany("INSERT INTO person (id, etag, stem, length, modified, sketch) VALUES (?, ?, ?, ?, ?, ?)", people())
connection.commit()
connection.close()
