"""python3 with_spark.py BINARY [SCENARIO…]: taizhang's outcomes against those of Spark, over tables in many files."""

from pyspark.sql import SparkSession

from compare import main


def connect(load):
    spark = (SparkSession.builder.master("local[2]").config("spark.sql.shuffle.partitions", "2")
             .config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false").config("spark.driver.memory", "3g").getOrCreate())
    spark.sparkContext.setLogLevel("OFF")
    for statement in statements(load):
        spark.sql(statement)
    for table in spark.catalog.listTables():
        if not table.name.endswith("__files"):
            spark.catalog.cacheTable(f"`{table.name}`")
    return lambda query: [tuple(row) for row in spark.sql(query).collect()]


def statements(script):
    """The statements of a script, which end in a semicolon at the end of a line."""
    lines = []
    for line in script.splitlines():
        if not line.startswith("--"):
            lines.append(line)
        if line.endswith(";"):
            yield "\n".join(lines).rstrip(";")
            lines = []


if __name__ == "__main__":
    main("spark", connect, ["all"], ("--part-rows", "100"))
