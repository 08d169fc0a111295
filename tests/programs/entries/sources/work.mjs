// work.mjs: real work for node, on what it has built in.
import { createHash, pbkdf2Sync, generateKeyPairSync, sign, verify } from "node:crypto";
import { execFileSync } from "node:child_process";
import { gzipSync, gunzipSync, brotliCompressSync } from "node:zlib";
import http from "node:http";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { pipeline } from "node:stream/promises";
import { createReadStream, createWriteStream, readFileSync, writeFileSync } from "node:fs";

function records(count) {
  return Array.from({ length: count }, (_, i) => ({ id: i, name: `name ${i * 7919 % 1009}`, list: [i, i % 13] }));
}

function grouped(rows) {
  const groups = new Map();
  for (const row of rows) groups.set(row.name, [...(groups.get(row.name) ?? []), row.id]);
  return [...groups].map(([name, ids]) => [name, ids.length]).sort((a, b) => a[0].localeCompare(b[0]));
}

async function served(count) {
  const server = http.createServer((request, response) => response.end(JSON.stringify(records(50)) + request.url));
  await new Promise(ready => server.listen(0, "127.0.0.1", ready));
  const asked = Array.from({ length: count }, (_, i) => fetch(`http://127.0.0.1:${server.address().port}/${i}`));
  const answers = await Promise.all(asked.map(async answer => (await (await answer).text()).length));
  server.close();
  server.closeAllConnections();
  return answers.reduce((a, b) => a + b);
}

function inWorkers(count) {
  const made = Array.from({ length: count }, (_, number) => new Promise((done, fail) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: number });
    worker.on("message", done).on("error", fail);
  }));
  return Promise.all(made);
}

async function main() {
  const text = JSON.stringify(records(40000));
  console.log(text.length, grouped(JSON.parse(text)).slice(0, 3));
  console.log(gunzipSync(gzipSync(text)).length, brotliCompressSync(text.slice(0, 200000)).length > 0);
  console.log(createHash("sha256").update(text).digest("hex"), pbkdf2Sync("a", "b", 50000, 16, "sha512").toString("hex"));
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  console.log(verify("sha256", Buffer.from(text), publicKey, sign("sha256", Buffer.from(text), privateKey)));
  writeFileSync("text", text);
  await pipeline(createReadStream("text"), createWriteStream("copy"));
  console.log(readFileSync("copy", "utf8") === text);
  console.log(await inWorkers(4), await served(200));
  console.log(execFileSync(process.execPath, ["-p", "6 * 7"], { encoding: "utf8" }).trim());
}

if (isMainThread) await main();
else parentPort.postMessage(grouped(records(5000 + workerData)).length);
