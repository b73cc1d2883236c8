"""Roll-ups: aggregates of a dataset's rows that answer what charts keep asking for.

A roll-up is a Parquet file beside the file of the rows, or of a stream a continuous aggregate
(`continuous`). `matching` decides whether one answers a
question exactly; the compiler (apps/datasources/compiler) then reads it in place of the rows.
`asked` counts what is asked, `building` makes the files, `kept` knows which there are, and
`services` puts them together.
"""
