import { describe, expect, test } from "vitest";
import { FreeSpace, type SpaceEvent } from "./free-space.ts";

function watch(freeBytesMin: number) {
  const events: SpaceEvent[] = [];
  const disk: { free: number | Error } = { free: 10_000 };
  const read = () => (disk.free instanceof Error ? Promise.reject(disk.free) : Promise.resolve(disk.free));
  const space = new FreeSpace({ dir: "/nowhere", freeBytesMin, onEvent: (event) => events.push(event), read });
  const at = async (free: number | Error) => {
    disk.free = free;
    await space.check();
    return space.pressure;
  };
  return { space, events, at };
}

describe("the free space of the log's disk", () => {
  test("costs bodies below the floor and calls below half of it, and gives them back with some room to spare", async () => {
    const { at, events } = watch(1000);
    const felt: string[] = [];
    for (const free of [5000, 1000, 999, 1050, 1100, 900, 500, 499, 549, 550, 1099, 1100, 0, 2000]) felt.push(await at(free));
    expect(felt.join(" ")).toBe("none none shed shed none shed shed refuse refuse shed shed none refuse none");
    expect(events.map((event) => (event.type === "space" ? event.pressure : "")).join(" ")).toBe(
      "shed none shed refuse shed none refuse none",
    );
  });

  test("is as it was while it cannot be read", async () => {
    const { at, events, space } = watch(1000);
    await at(600);
    expect(await at(new Error("EIO"))).toBe("shed");
    expect(space.freeBytes).toBe(600);
    expect(events.at(-1)).toEqual({ type: "space-unknown", error: new Error("EIO") });
  });

  test("costs nothing where no floor is set", async () => {
    const { at, events } = watch(0);
    expect([await at(5), await at(0)]).toEqual(["none", "none"]);
    expect(events).toEqual([]);
  });

  test("is that of the machine's file system", async () => {
    const space = new FreeSpace({ dir: import.meta.dirname, freeBytesMin: 1, onEvent: () => undefined });
    await space.check();
    expect(space.freeBytes).toBeGreaterThan(1);
  });
});
