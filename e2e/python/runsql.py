"""Runs the SQL that a page prints against a store's folder.

    runsql.py PAGE FOLDER

Prints the number of rows of each answer as a JSON list.
"""

import json
import re
import sys

import duckdb


def main():
    page, folder = sys.argv[1:]
    with open(page, encoding="utf-8") as f:
        queries = re.findall(r"^```sql\n(.*?)^```$", f.read(), re.S | re.M)
    db = duckdb.connect()
    json.dump([len(db.execute(q.replace("oriel-data", folder)).fetchall()) for q in queries], sys.stdout)


if __name__ == "__main__":
    main()
