/** The order in which documents are linked: it decides which of two definitions is the first. */

/**
 * Imports before importers. Where imports go in a circle (3GPP TS 29.212 and 29.214 need one another) no such order exists among the
 * documents of the circle: they stand together, in the order of the first visit. What the circle imports goes before all of it, what
 * imports it behind. `starts` are visited in their order, and from each its imports in theirs.
 */
export function importOrder<T>(starts: Iterable<T>, imports: ReadonlyMap<T, readonly T[]>): T[] {
  // Tarjan's strongly connected components, without recursion: a chain of imports may be long.
  const visited = new Map<T, number>();
  /** The earliest visit that a node leads back to. */
  const low = new Map<T, number>();
  /** Visited, but not placed: circles that may still grow. In the order of the visits. */
  const open: T[] = [];
  const placed = new Set<T>();
  for (const start of starts) {
    const path: { readonly node: T; next: number }[] = [];
    if (!visited.has(start)) visit(start, path);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { node } = top;
      const imported = imports.get(node)?.[top.next++];
      if (imported !== undefined) {
        if (!visited.has(imported)) visit(imported, path);
        else if (!placed.has(imported)) lower(node, visited.get(imported)!);
        continue;
      }
      path.pop();
      const importer = path.at(-1);
      if (importer !== undefined) lower(importer.node, low.get(node)!);
      // It leads back to nothing before it: it and what was visited since are a circle, or it is alone.
      if (low.get(node) === visited.get(node)) for (const one of open.splice(open.indexOf(node))) placed.add(one);
    }
  }
  return [...placed];

  function visit(node: T, path: { readonly node: T; next: number }[]): void {
    low.set(node, visited.size);
    visited.set(node, visited.size);
    open.push(node);
    path.push({ node, next: 0 });
  }

  function lower(node: T, to: number): void {
    low.set(node, Math.min(low.get(node)!, to));
  }
}
