/** The spool on the disk: what is acknowledged is there after a crash at any octet; a full disk is said to be full. */

import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { SpoolFolder, SpoolQueue, type SpoolQueueOptions } from "../../../server/src/accounting/delivered.js";
import { run } from "../../support/process.js";
import { type Requirement, testWith } from "../../support/require.js";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "diamgen-spool-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function openQueue(options: Partial<SpoolQueueOptions> & { readonly folder: string }): Promise<SpoolQueue> {
  const queue = await SpoolQueue.open(options);
  onTestFinished(() => queue.close());
  return queue;
}

const bytes = (text: string) => Buffer.from(text);

async function contents(queue: SpoolQueue): Promise<string[]> {
  const all: string[] = [];
  while (queue.records > 0) {
    const { payloads, cursors } = await queue.peek(7);
    all.push(...payloads.map((payload) => Buffer.from(payload).toString()));
    const last = cursors.at(-1);
    if (last === undefined && queue.records === 0) break;
    if (last === undefined) throw new Error("records that cannot be read");
    await queue.remove(last, payloads.length);
  }
  return all;
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `record ${index}`);

test("what goes in comes out, in order, over many segments, and leaves nothing behind", async () => {
  const folder = temporaryFolder();
  const queue = await openQueue({ folder, segmentBytes: 100 });
  for (const name of names(50)) await queue.append(bytes(name));
  expect(readdirSync(folder).length).toBeGreaterThan(5);
  expect(queue.records).toBe(50);
  expect(await contents(queue)).toEqual(names(50));
  expect(readdirSync(folder)).toEqual(["cursor"]);
  expect(queue.bytes).toBe(0);
});

test("many at once share few syncs and keep their order; also while others are taken", async () => {
  const queue = await openQueue({ folder: temporaryFolder(), segmentBytes: 1000 });
  const appending = Promise.all(names(2000).map((name) => queue.append(bytes(name))));
  const all: string[] = [];
  while (all.length < 2000) {
    const { payloads, cursors } = await queue.peek(7);
    const last = cursors.at(-1);
    // Those that are being written are not there yet.
    if (last === undefined) await new Promise((resolve) => setImmediate(resolve));
    else await queue.remove(last, payloads.length);
    all.push(...payloads.map((payload) => Buffer.from(payload).toString()));
  }
  await appending;
  expect(all).toEqual(names(2000));
});

test("a look at it goes over segments, and ends at 16 MiB", async () => {
  const queue = await openQueue({ folder: temporaryFolder(), segmentBytes: 3_000_000 });
  const large = bytes("x".repeat(1_000_000));
  for (let index = 0; index < 20; index++) await queue.append(large);
  const { payloads, cursors } = await queue.peek(100);
  expect(payloads).toHaveLength(17);
  await queue.remove(cursors[16] as (typeof cursors)[0], 17);
  expect(queue.records).toBe(3);
  const rest = await queue.peek(100);
  expect(rest.payloads).toHaveLength(3);
  await queue.remove(rest.cursors[2] as (typeof cursors)[0], 3);
  expect([queue.records, queue.bytes]).toEqual([0, 0]);
});

test("after a restart it goes on where it was", async () => {
  const folder = temporaryFolder();
  const first = await SpoolQueue.open({ folder, segmentBytes: 64 });
  for (const name of names(10)) await first.append(bytes(name));
  const { cursors } = await first.peek(3);
  await first.remove(cursors[2] as (typeof cursors)[0], 3);
  await first.close();
  const second = await openQueue({ folder });
  expect(second.records).toBe(7);
  await second.append(bytes("new"));
  expect(await contents(second)).toEqual([...names(10).slice(3), "new"]);
});

test("cut off at any octet, it has all records before the cut, and goes on", async () => {
  const origin = temporaryFolder();
  const queue = await SpoolQueue.open({ folder: origin });
  const ends: number[] = [];
  for (const name of names(4)) {
    await queue.append(bytes(name));
    ends.push(queue.bytes);
  }
  await queue.close();
  const [file = ""] = readdirSync(origin);
  const damaged: number[] = [];
  for (let length = 0; length <= (ends.at(-1) ?? 0); length++) {
    const folder = temporaryFolder();
    copyFileSync(join(origin, file), join(folder, file));
    truncateSync(join(folder, file), length);
    const cut = await SpoolQueue.open({ folder, onDamage: (_file, count) => damaged.push(count) });
    await cut.append(bytes("after"));
    await cut.close();
    const again = await SpoolQueue.open({ folder });
    expect(await contents(again)).toEqual([...names(ends.filter((end) => end <= length).length), "after"]);
    await again.close();
  }
  expect(damaged.length).toBeGreaterThan(20);
});

describe("an octet that has changed", () => {
  const NAMES = names(5);
  /** Where each record begins, and the last one ends. */
  const ends = Array.from({ length: NAMES.length + 1 }, (_, index) => 8 + index * (8 + "record 0".length));

  async function damaged(change: (content: Buffer) => Buffer): Promise<string> {
    const folder = temporaryFolder();
    const queue = await SpoolQueue.open({ folder });
    for (const name of NAMES) await queue.append(bytes(name));
    await queue.close();
    const [file = ""] = readdirSync(folder);
    writeFileSync(join(folder, file), change(readFileSync(join(folder, file))));
    return folder;
  }

  test("wherever it is: the record that has it is put aside, all others come", async () => {
    for (let at = 0; at < (ends.at(-1) ?? 0); at++) {
      const folder = await damaged((content) => {
        content[at] = (content[at] as number) ^ (1 << (at % 8));
        return content;
      });
      const seen: number[] = [];
      const queue = await SpoolQueue.open({ folder, onDamage: (_file, count) => seen.push(count) });
      const hit = ends.findLastIndex((start) => start <= at);
      expect(await contents(queue), `octet ${at}`).toEqual(NAMES.filter((_, index) => index !== hit));
      // The first eight say what file it is.
      expect(seen).toEqual([hit < 0 ? 8 : 8 + "record 0".length]);
      await queue.close();
      const aside = readdirSync(folder).filter((name) => name.includes("damaged"));
      expect(aside).toHaveLength(1);
    }
  });

  test("is told of once, though it is met again and again, and there after a restart", async () => {
    const folder = await damaged((content) => {
      content[30] = 0x58;
      return content;
    });
    let seen = 0;
    for (let start = 0; start < 2; start++) {
      const queue = await SpoolQueue.open({ folder, onDamage: () => (seen += 1) });
      await queue.peek(5);
      expect((await queue.peek(5)).payloads).toHaveLength(4);
      await queue.close();
    }
    expect(seen).toBe(1);
  });

  test("several records, among them the last, and zeros behind it", async () => {
    const folder = await damaged((content) => {
      for (const record of [0, 2, 4]) content[(ends[record] as number) + 12] = 0;
      return Buffer.concat([content, Buffer.alloc(1_000_000)]);
    });
    const queue = await openQueue({ folder });
    expect(await contents(queue)).toEqual(["record 1", "record 3"]);
  });

  test("while the queue is open: others come, and it does not wait for those that are gone", async () => {
    const folder = temporaryFolder();
    const queue = await openQueue({ folder, segmentBytes: 60 });
    for (const name of names(9)) await queue.append(bytes(name));
    const files = readdirSync(folder).sort();
    const [first = "", , last = ""] = files;
    const content = readFileSync(join(folder, first));
    content[20] = 0x58;
    writeFileSync(join(folder, first), content);
    writeFileSync(join(folder, last), Buffer.alloc(readFileSync(join(folder, last)).length));
    expect(await contents(queue)).toEqual(names(8).slice(1));
    expect(queue.records).toBe(0);
    await queue.append(bytes("after"));
    expect(await contents(queue)).toEqual(["after"]);
  });

  test("garbage of a whole segment is looked through in bounded time", async () => {
    const folder = temporaryFolder();
    const garbage = Buffer.alloc(2_000_000, Buffer.from([0, 1, 0, 7, 0x41, 3]));
    writeFileSync(join(folder, "0000000000000001.spool"), garbage);
    const queue = await openQueue({ folder });
    expect(queue.records).toBe(0);
  });
});

test("what is no segment does not stop it", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "0000000000000001.spool"), "");
  writeFileSync(join(folder, "0000000000000002.spool"), "some text");
  writeFileSync(join(folder, "cursor"), "{");
  const queue = await openQueue({ folder });
  await queue.append(bytes("x"));
  expect(await contents(queue)).toEqual(["x"]);
});

test("its size is bounded: STORE_FULL, and room again when records are taken", async () => {
  const queue = await openQueue({ folder: temporaryFolder(), maxBytes: 100, segmentBytes: 30 });
  await queue.append(bytes("x".repeat(40)));
  await expect(queue.append(bytes("x".repeat(80)))).rejects.toMatchObject({ code: "STORE_FULL" });
  await queue.append(bytes("y"));
  expect(await contents(queue)).toEqual(["x".repeat(40), "y"]);
  await expect(queue.append(bytes("x".repeat(80)))).resolves.toBeUndefined();
});

const root: Requirement = {
  available: process.getuid?.() === 0,
  path: "",
  reason: "only root may mount a small file system",
};

testWith(
  [root],
  "a disk that is full: STORE_FULL, nothing of it is kept, and it goes on when there is room",
  async () => {
    const folder = temporaryFolder();
    const mount = await run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]);
    expect(mount.code, mount.output).toBe(0);
    onTestFinished(async () => void (await run("umount", ["-l", folder])));
    const queue = await SpoolQueue.open({ folder: join(folder, "spool") });
    const kept: string[] = [];
    const record = (index: number) => `${index}:${"x".repeat(3000)}`;
    let refused: unknown;
    for (let index = 0; refused === undefined; index++) {
      await queue.append(bytes(record(index))).then(
        () => kept.push(record(index)),
        (error: unknown) => {
          refused = error;
        },
      );
    }
    expect(refused).toMatchObject({ code: "STORE_FULL", cause: { code: "ENOSPC" } });
    expect(kept.length).toBeGreaterThan(5);
    await queue.close();
    const again = await SpoolQueue.open({ folder: join(folder, "spool") });
    expect(await contents(again)).toEqual(kept);
    await again.append(bytes("room"));
    expect(await contents(again)).toEqual(["room"]);
    await again.close();
  },
);

testWith([root], "whether it can be written to is known before a record comes", async () => {
  const folder = temporaryFolder();
  const mount = (...options: readonly string[]) => run("mount", ["-o", options.join(","), "tmpfs", folder]);
  expect((await run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder])).code).toBe(0);
  onTestFinished(async () => void (await run("umount", ["-l", folder])));
  const queue = await openQueue({ folder: join(folder, "spool") });
  await queue.check();
  expect(readdirSync(queue.folder)).toEqual([]);
  expect((await mount("remount", "ro")).code).toBe(0);
  await expect(queue.check()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", cause: { code: "EROFS" } });
  expect((await mount("remount", "rw")).code).toBe(0);
  await queue.check();
  writeFileSync(join(folder, "other"), Buffer.alloc(1000 * 1024));
  await expect(queue.check()).rejects.toMatchObject({ code: "STORE_FULL", message: expect.stringContaining("left") });
  rmSync(join(folder, "other"));
  await queue.check();
});

test("its own bound is near, or its folder is gone: known before a record comes", async () => {
  const queue = await openQueue({ folder: temporaryFolder(), maxBytes: 100_000 });
  await queue.check();
  await queue.append(bytes("x".repeat(40_000)));
  await expect(queue.check()).rejects.toMatchObject({ code: "STORE_FULL", message: expect.stringMatching(/100000/) });
  await contents(queue);
  await queue.check();
  rmSync(queue.folder, { recursive: true });
  await expect(queue.check()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
});

test("the front is the oldest that is left, over segments and restarts", async () => {
  const folder = temporaryFolder();
  const first = await SpoolQueue.open({ folder, segmentBytes: 60 });
  expect(await first.front()).toBeUndefined();
  for (const name of names(9)) await first.append(bytes(name));
  for (let index = 0; index < 4; index++) {
    expect(Buffer.from((await first.front()) ?? []).toString()).toBe(`record ${index}`);
    const { cursors } = await first.peek(1);
    await first.remove(cursors[0] as (typeof cursors)[0], 1);
  }
  await first.close();
  const second = await openQueue({ folder });
  expect(Buffer.from((await second.front()) ?? []).toString()).toBe("record 4");
  await contents(second);
  expect(await second.front()).toBeUndefined();
});

describe("several processes", () => {
  test("each has a slot of its own; what one has left, the next one takes", async () => {
    const folder = temporaryFolder();
    const [one, two] = [await SpoolFolder.open({ folder }), await SpoolFolder.open({ folder })];
    await one.own.append(bytes("one"));
    await two.own.append(bytes("two"));
    expect(two.left).toEqual([]);
    await two.close();
    await one.close();
    const next = await SpoolFolder.open({ folder });
    onTestFinished(() => next.close());
    expect(await contents(next.own)).toEqual(["one"]);
    expect(next.left).toHaveLength(1);
    expect(await contents(next.left[0] as SpoolQueue)).toEqual(["two"]);
  });

  test("one that runs adopts what another has left, whole and in order, and gives the empty slot up again", async () => {
    const folder = temporaryFolder();
    const [one, two] = [await SpoolFolder.open({ folder }), await SpoolFolder.open({ folder })];
    onTestFinished(() => one.close());
    for (const name of names(3)) await two.own.append(bytes(name));
    // As long as its process lives, it is that one's.
    expect(await one.adopt()).toBe(0);
    await two.close();
    expect(await one.adopt()).toBe(3);
    expect(await one.adopt()).toBe(0);
    // Whoever comes to its place takes another slot.
    const three = await SpoolFolder.open({ folder });
    onTestFinished(() => three.close());
    await three.own.append(bytes("three"));
    expect(await three.adopt()).toBe(0);
    await one.giveUp();
    expect(one.left).toHaveLength(1);
    expect(await contents(one.left[0] as SpoolQueue)).toEqual(names(3));
    await one.giveUp();
    expect(one.left).toEqual([]);
    const four = await SpoolFolder.open({ folder });
    onTestFinished(() => four.close());
    expect(four.own.folder).toBe(join(folder, "1"));
    expect([four.own.records, four.left]).toEqual([0, []]);
    expect(await contents(three.own)).toEqual(["three"]);
  });

  test("whoever adopts may end at any moment: what is not removed is left to the next, and only to one", async () => {
    const folder = temporaryFolder();
    const first = await SpoolFolder.open({ folder });
    for (const name of names(20)) await first.own.append(bytes(name));
    let holder = await SpoolFolder.open({ folder });
    await first.close();
    const found: string[] = [];
    for (let round = 0; found.length < 20; round++) {
      const rival = await SpoolFolder.open({ folder });
      for (const one of [holder, rival]) await one.adopt();
      const queues = [holder, rival].flatMap(({ own, left }) => [own, ...left]).filter(({ records }) => records > 0);
      expect(queues).toHaveLength(1);
      const [queue] = queues;
      const { payloads, cursors } = await (queue as SpoolQueue).peek(3);
      // Every second time it ends before it has removed what it took: that comes again.
      if (round % 2 === 0) {
        found.push(...payloads.map((payload) => Buffer.from(payload).toString()));
        await queue?.remove(cursors.at(-1) as (typeof cursors)[0], payloads.length);
      }
      await holder.close();
      holder = rival;
    }
    await holder.close();
    expect(found).toEqual(names(20));
  });
});

test("a folder that cannot be made is said", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "a"));
  appendFileSync(join(folder, "file"), "");
  await expect(SpoolQueue.open({ folder: join(folder, "file", "b") })).rejects.toMatchObject({
    code: "STORE_UNAVAILABLE",
  });
});
