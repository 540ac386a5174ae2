"""python3 with_duckdb.py BINARY [SCENARIO…]: taizhang's outcomes against those of DuckDB."""

import duckdb

from compare import SCENARIOS, main


def connect(load):
    engine = duckdb.connect()
    engine.execute("SET threads = 2")
    engine.execute(load)
    return lambda query: engine.execute(query).fetchall()


if __name__ == "__main__":
    main("duckdb", connect, list(SCENARIOS))
