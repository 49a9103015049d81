/** Peers that we connect to, divided over the workers: each is one worker's, and stays there while there is that worker. Pure. */

/** `before`: what each worker has; only workers in `workers` count. `key` tells peers apart. */
export function divide<P>(
  peers: readonly P[],
  workers: readonly number[],
  before: ReadonlyMap<number, readonly P[]>,
  key: (peer: P) => string,
): ReadonlyMap<number, readonly P[]> {
  const shares = new Map(workers.map((worker): [number, P[]] => [worker, []]));
  const owners = new Map<string, number>();
  for (const [worker, had] of before) if (shares.has(worker)) for (const peer of had) owners.set(key(peer), worker);
  const nobodys: P[] = [];
  for (const peer of peers) {
    const share = shares.get(owners.get(key(peer)) ?? Number.NaN);
    if (share === undefined) nobodys.push(peer);
    else share.push(peer);
  }
  for (const peer of nobodys) {
    const least = [...shares.values()].reduce<P[] | undefined>(
      (found, share) => (found === undefined || share.length < found.length ? share : found),
      undefined,
    );
    least?.push(peer);
  }
  return shares;
}

/** Who gives a peer to whom, and the shares then. */
export interface Move<P> {
  readonly from: number;
  readonly to: number;
  readonly shares: ReadonlyMap<number, readonly P[]>;
}

/** That peer to who has least, among `workers`; undefined where that would not make the shares more even. */
export function moved<P>(
  peer: P,
  workers: readonly number[],
  shares: ReadonlyMap<number, readonly P[]>,
  key: (peer: P) => string,
): Move<P> | undefined {
  const sizeOf = (worker: number) => shares.get(worker)?.length ?? 0;
  const isThis = (other: P) => key(other) === key(peer);
  const from = workers.find((worker) => shares.get(worker)?.some(isThis));
  const [to] = [...workers].sort((one, other) => sizeOf(one) - sizeOf(other));
  if (from === undefined || to === undefined || sizeOf(from) - sizeOf(to) < 2) return undefined;
  const after = new Map(shares);
  after.set(
    from,
    (shares.get(from) ?? []).filter((other) => !isThis(other)),
  );
  after.set(to, [...(shares.get(to) ?? []), peer]);
  return { from, to, shares: after };
}
