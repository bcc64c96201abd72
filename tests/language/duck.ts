/** A DuckDB with the rows of a world, and its answers in the form of ours. */
import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import { text } from "./conditions.js";
import type { Answer, Doc, Question, Row, Value } from "./oracle/model.js";
import type { Now } from "./oracle/words.js";
import { statementsOf } from "./sql.js";

const columns = {
  at: "TIMESTAMPTZ",
  due: "TIMESTAMPTZ",
  city: "VARCHAR",
  paid: "VARCHAR",
  tags: "VARCHAR[]",
  priority: "INTEGER",
  discount: "DECIMAL(12, 2)",
  quantity: "INTEGER",
  price: "DECIMAL(12, 3)",
  weight: "DOUBLE",
};

function literal(type: string, value: Doc[string] | undefined): string {
  if (value === null || value === undefined) return "NULL";
  if (type === "TIMESTAMPTZ") return `make_timestamptz(${(value as number) * 1000})`;
  if (Array.isArray(value)) return `[${value.map(text).join(", ")}]::VARCHAR[]`;
  return type === "VARCHAR" ? text(String(value)) : String(value);
}

export class Duck {
  private constructor(private readonly connection: DuckDBConnection) {}

  static async of(docs: readonly Doc[]): Promise<Duck> {
    const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
    const connection = await instance.connect();
    const named = Object.entries(columns).map(([name, type]) => `"${name}" ${type}`);
    await connection.run("SET TimeZone = 'UTC'");
    await connection.run(`CREATE TABLE orders (id INTEGER, ${named.join(", ")})`);
    const rows = docs.map((doc, i) => {
      const values = Object.entries(columns).map(([name, type]) => literal(type, doc[name]));
      return `(${[i, ...values].join(", ")})`;
    });
    await connection.run(`INSERT INTO orders VALUES ${rows.join(", ")}`);
    return new Duck(connection);
  }

  async answer(question: Question, tenantZone: string, now: Now): Promise<Answer> {
    const answer: Answer = { rows: [], total: null };
    for (const { rows, total, label } of statementsOf(question, tenantZone, now)) {
      for (const row of await this.rows(rows)) {
        answer.rows.push(label === null ? row : { ...row, compareDateRange: label });
      }
      if (total === null) continue;
      const [row] = await this.rows(total);
      answer.total = (answer.total ?? 0) + Number(Object.values(row!)[0]);
    }
    return answer;
  }

  close(): void {
    this.connection.closeSync();
  }

  private async rows(sql: string): Promise<Row[]> {
    const reader = await this.connection.runAndReadAll(sql);
    const names = reader.columnNames();
    const types = reader.columnTypes().map(String);
    return reader.getRowsJson().map((values) =>
      Object.fromEntries(
        names.flatMap((name, i): [string, Value][] => {
          const value = values[i] as Value;
          // The place of a row is told by its place.
          if (name === "n") return [];
          return [[name, value === null || types[i] === "VARCHAR" ? value : Number(value)]];
        }),
      ),
    );
  }
}
