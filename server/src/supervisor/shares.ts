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
