/** Freezes all that hangs from a value. Not recursive: a chain of groups may be longer than the stack. */
export function deepFreeze<T>(root: T): T {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== "object" || value === null || Object.isFrozen(value)) continue;
    if (value instanceof Map) {
      for (const item of value.values()) open.push(item);
      lock(value);
    } else {
      for (const item of Object.values(value)) open.push(item);
    }
    Object.freeze(value);
  }
  return root;
}

/** Freezing does not reach the entries of a map. */
function lock(map: Map<unknown, unknown>): void {
  const refuse = () => {
    throw new TypeError("A linked dictionary is read-only.");
  };
  for (const name of ["set", "delete", "clear"]) Object.defineProperty(map, name, { value: refuse });
}
