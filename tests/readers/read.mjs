// Reads Parquet files with four independent readers and prints, as JSON, what each of them saw:
//   node read.mjs FILE...
// {"<file>": {"<reader>": {"rows": n, "columns": {"<column>": {"nulls": n, "hash": "..."}}}}}
// The hash is SHA-256 over the exact values of a column, row by row: one byte 0 for null, else one byte 1 and then
// integers as 8 bytes, floats as their 8-byte double (every float is exact in it), booleans as 1 byte and text as
// 4 bytes of length and UTF-8; all little-endian. NaN has one form.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

class ColumnHash {
  #hash = createHash('sha256');
  #buffer = Buffer.allocUnsafe(1 << 16);
  #length = 0;
  nulls = 0;

  add(value) {
    if (value === null || value === undefined) {
      this.nulls++;
      this.#room(1);
      this.#buffer[this.#length++] = 0;
    } else if (typeof value === 'string') {
      const bytes = Buffer.from(value, 'utf8');
      this.#room(5 + bytes.length);
      this.#buffer[this.#length++] = 1;
      this.#length = this.#buffer.writeUInt32LE(bytes.length, this.#length);
      this.#length += bytes.copy(this.#buffer, this.#length);
    } else if (typeof value === 'boolean') {
      this.#room(2);
      this.#buffer[this.#length++] = 1;
      this.#buffer[this.#length++] = value ? 1 : 0;
    } else {
      this.#room(9);
      this.#buffer[this.#length++] = 1;
      this.#length = typeof value === 'bigint'
        ? this.#buffer.writeBigInt64LE(value, this.#length)
        : this.#buffer.writeDoubleLE(Number.isNaN(value) ? NaN : value, this.#length);
    }
  }

  #room(count) {
    if (this.#length + count > this.#buffer.length) {
      this.#hash.update(this.#buffer.subarray(0, this.#length));
      this.#length = 0;
      if (count > this.#buffer.length) {
        this.#buffer = Buffer.allocUnsafe(2 * count);
      }
    }
  }

  result() {
    this.#hash.update(this.#buffer.subarray(0, this.#length));
    return { nulls: this.nulls, hash: this.#hash.digest('hex') };
  }
}

// Readers disagree on whether an integer is a number or a bigint, so the file's type decides.
function summary(names, kinds, rows, valueOf) {
  const columns = {};
  names.forEach((name, c) => {
    const hash = new ColumnHash();
    for (let r = 0; r < rows; r++) {
      let value = valueOf(c, r);
      if (value !== null && value !== undefined && kinds[c] === 'integer') {
        value = BigInt(value);
      } else if (value !== null && value !== undefined && kinds[c] === 'boolean') {
        value = Boolean(value);
      }
      hash.add(value);
    }
    columns[name] = hash.result();
  });
  return { rows, columns };
}

async function duckdb(file) {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(`SELECT * FROM read_parquet('${file.replaceAll("'", "''")}')`);
  const types = reader.columnTypes().map(String);
  const kinds = types.map(type => /INT/.test(type) ? 'integer' : type === 'BOOLEAN' ? 'boolean' : 'other');
  const columns = reader.getColumns();
  const metadata = await connection.runAndReadAll(
    `SELECT decode(key) AS k, decode(value) AS v FROM parquet_kv_metadata('${file.replaceAll("'", "''")}')`);
  const result = summary(reader.columnNames(), kinds, reader.currentRowCount, (c, r) => columns[c][r]);
  result.metadata = Object.fromEntries(metadata.getRows());
  connection.closeSync();
  instance.closeSync();
  return result;
}

async function hyparquet(file) {
  const { parquetReadObjects, parquetMetadata } = await import('hyparquet');
  const { compressors } = await import('hyparquet-compressors');
  const bytes = readFileSync(file);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const metadata = parquetMetadata(buffer);
  const leaves = metadata.schema.slice(1);
  const kinds = leaves.map(leaf => leaf.type.startsWith('INT') ? 'integer' : leaf.type === 'BOOLEAN' ? 'boolean' : 'other');
  const rows = await parquetReadObjects({ file: buffer, compressors });
  return summary(leaves.map(leaf => leaf.name), kinds, rows.length, (c, r) => rows[r][leaves[c].name]);
}

async function arrow_rs(file) {
  const { readParquet } = await import('parquet-wasm/node');
  const { tableFromIPC } = await import('apache-arrow');
  const table = tableFromIPC(readParquet(readFileSync(file)).intoIPCStream());
  return arrowSummary(table);
}

function arrowSummary(table) {
  const fields = table.schema.fields;
  const kinds = fields.map(field => /^U?int/i.test(String(field.type)) ? 'integer' : /bool/i.test(String(field.type)) ? 'boolean' : 'other');
  const vectors = fields.map((_, c) => table.getChildAt(c));
  return summary(fields.map(field => field.name), kinds, table.numRows, (c, r) => vectors[c].get(r));
}

async function polars(file) {
  const { default: pl } = await import('nodejs-polars');
  const frame = pl.readParquet(file);
  const names = frame.columns;
  const kinds = frame.dtypes.map(type => /U?Int/.test(String(type)) ? 'integer' : /Bool/.test(String(type)) ? 'boolean' : 'other');
  // Not frame.height: a column of that name would answer instead.
  // 64-bit integers would come out as doubles, so they take the way through their digits.
  const columns = names.map((name, c) =>
    (String(frame.dtypes[c]).includes('Int64') ? frame.getColumn(name).cast(pl.Utf8) : frame.getColumn(name)).toArray());
  return summary(names, kinds, columns[0].length, (c, r) => columns[c][r]);
}

const readers = { duckdb, hyparquet, arrow_rs, polars };
const files = process.argv.slice(2);
const report = {};
for (const file of files) {
  report[file] = {};
  for (const [name, read] of Object.entries(readers)) {
    try {
      report[file][name] = await read(file);
    } catch (error) {
      report[file][name] = { error: String(error?.message ?? error) };
    }
  }
}
process.stdout.write(JSON.stringify(report, null, 1) + '\n');
