// Asks DuckDB: node sql.mjs STATEMENT, prints the rows as JSON, one array per row, whole numbers as text.
import { DuckDBInstance } from '@duckdb/node-api';

const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
const connection = await instance.connect();
const reader = await connection.runAndReadAll(process.argv[2]);
console.log(JSON.stringify(reader.getRowsJson()));
connection.closeSync();
instance.closeSync();
