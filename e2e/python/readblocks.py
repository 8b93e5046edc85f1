"""Reads the spans of a store's folder with DuckDB, as anybody could.

    readblocks.py FOLDER

Prints one JSON object: how many files there are, and for each trace id its
number of spans, distinct span ids, services, names and request ids.
"""

import json
import sys

import duckdb


def main():
    files = f"{sys.argv[1]}/blocks/*/spans.parquet"
    db = duckdb.connect()
    count = db.execute("SELECT count(*) FROM glob(?)", [files]).fetchone()[0]
    rows = db.execute(
        """
        SELECT lower(hex(trace_id)), count(*), count(DISTINCT span_id), list_sort(list(DISTINCT service)),
               list_sort(list(DISTINCT name)), count(DISTINCT "attr.request.id:string"), min(duration), max(duration)
        FROM read_parquet(?, union_by_name = true) GROUP BY 1
        """,
        [files],
    ).fetchall()
    keys = ["spans", "ids", "services", "names", "requests", "shortest", "longest"]
    json.dump({"files": count, "traces": {row[0]: dict(zip(keys, row[1:])) for row in rows}}, sys.stdout)


if __name__ == "__main__":
    main()
