/** Reads the text format of Prometheus (0.0.4) as strictly as promtool: what breaks a rule is an error, not skipped. */

export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly series: readonly Series[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([Nn]a[Nn]|[+-]Inf|-?[\d.]+(?:e[+-]?\d+)?)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ["_bucket", "_sum", "_count"],
  summary: ["", "_sum", "_count"],
};

export function parsePrometheus(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const families = new Map<string, { name: string; help: string; type: string; series: Series[] }>();
  const seen = new Set<string>();
  let help: RegExpExecArray | null = null;
  let family: { name: string; help: string; type: string; series: Series[] } | undefined;
  for (const line of text.split("\n")) {
    const fail = (why: string) => new Error(`${why}: ${line}`);
    if (line === "") continue;
    if (line.startsWith("# HELP ")) {
      help = /^# HELP (\S+) (.+)$/.exec(line);
      if (help === null) throw fail("no help");
    } else if (line.startsWith("# TYPE ")) {
      const [, name = "", type = ""] = /^# TYPE (\S+) (counter|gauge|histogram|summary|untyped)$/.exec(line) ?? [];
      if (!NAME.test(name)) throw fail("no type");
      if (help?.[1] !== name) throw fail("no help before it");
      if (families.has(name)) throw fail("comes twice");
      if (type === "counter" && !name.endsWith("_total")) throw fail("a counter is called ..._total");
      family = { name, help: help[2] ?? "", type, series: [] };
      families.set(name, family);
    } else {
      const [, name = "", labelText = "", value = ""] = SAMPLE.exec(line) ?? [];
      if (name === "") throw fail("no sample");
      const suffixes = SUFFIXES[family?.type ?? ""] ?? [""];
      if (family === undefined || !suffixes.some((suffix) => name === family?.name + suffix))
        throw fail("not of the family before it");
      const labels = readLabels(labelText);
      if (labels === undefined) throw fail("labels that are none");
      const key = `${name} ${JSON.stringify(Object.entries(labels).sort())}`;
      if (seen.has(key)) throw fail("comes twice");
      seen.add(key);
      family.series.push({ name, labels, value: Number(value.replace("Inf", "Infinity")) });
    }
  }
  for (const one of families.values()) if (one.type === "histogram") checkHistogram(one);
  return families;
}

/** The value of the series with exactly these labels; undefined where there is none. */
export function seriesValue(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = JSON.stringify(Object.entries(labels).sort());
  const family = families.get(name) ?? families.get(name.replace(/_(?:bucket|sum|count)$/, ""));
  return family?.series.find((one) => one.name === name && JSON.stringify(Object.entries(one.labels).sort()) === wanted)
    ?.value;
}

function readLabels(text: string): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const found = LABEL.exec(text);
    if (found === null) return undefined;
    const [, name = "", value = ""] = found;
    if (name in labels) return undefined;
    labels[name] = value.replace(/\\(.)/g, (_all, char: string) => (char === "n" ? "\n" : char));
  }
  return labels;
}

/** Buckets are cumulative, the last one is everything, and the sum is there. */
function checkHistogram({ name, series }: Family): void {
  const groups = new Map<string, { buckets: [number, number][]; sum?: number; count?: number }>();
  for (const { name: full, labels, value } of series) {
    const { le, ...rest } = labels;
    const key = JSON.stringify(Object.entries(rest).sort());
    const group = groups.get(key) ?? { buckets: [] };
    groups.set(key, group);
    if (full.endsWith("_bucket")) group.buckets.push([Number((le ?? "").replace("Inf", "Infinity")), value]);
    else if (full.endsWith("_sum")) group.sum = value;
    else group.count = value;
  }
  for (const [key, { buckets, sum, count }] of groups) {
    const rising = buckets.every(
      ([le, value], i) => i === 0 || (le > (buckets[i - 1]?.[0] ?? 0) && value >= (buckets[i - 1]?.[1] ?? 0)),
    );
    const [last, total] = buckets.at(-1) ?? [];
    if (!rising || last !== Number.POSITIVE_INFINITY || total !== count || sum === undefined || count === undefined)
      throw new Error(`${name}${key} is no histogram`);
  }
}
