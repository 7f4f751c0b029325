// Answers SQL with DuckDB, for tests in languages that have no DuckDB here: every line of standard input is a statement as a
// JSON string, every line of standard output its rows, column by column:
//   {"columns": [{"name": "...", "type": "..."}], "values": [[...], ...]}     or     {"error": "..."}
// Numbers that JSON has no form for (NaN, infinities) come as text.
import { createInterface } from 'node:readline';
import { DuckDBInstance } from '@duckdb/node-api';

const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
const connection = await instance.connect();

function plain(value) {
  if (typeof value === 'bigint') {
    if (!Number.isSafeInteger(Number(value))) {
      throw new Error(`${value} does not fit into a number of JSON.`);
    }
    return Number(value);
  }
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

async function answer(sql) {
  const reader = await connection.runAndReadAll(sql);
  const types = reader.columnTypes().map(String);
  const decimal = types.map(type => type.startsWith('DECIMAL'));
  // Without rows there are no columns either.
  const columns = reader.getColumns();
  return {
    columns: reader.columnNames().map((name, c) => ({ name, type: decimal[c] ? 'DOUBLE' : types[c] })),
    values: types.map((_, c) => (columns[c] ?? []).map(value => decimal[c] && value !== null ? value.toDouble() : plain(value))),
  };
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  let reply;
  try {
    reply = await answer(JSON.parse(line));
  } catch (error) {
    reply = { error: String(error?.message ?? error) };
  }
  process.stdout.write(JSON.stringify(reply) + '\n');
}
connection.closeSync();
instance.closeSync();
