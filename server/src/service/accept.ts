/** Who may connect: identities without regard to case, `*.example.net`, `*`. */
export function isAccepted(patterns: readonly string[], originHost: string): boolean {
  const identity = originHost.toLowerCase();
  return patterns.some((pattern) => {
    const wanted = pattern.toLowerCase();
    if (wanted === "*") return true;
    return wanted.startsWith("*.")
      ? identity.endsWith(wanted.slice(1)) && identity.length >= wanted.length
      : identity === wanted;
  });
}
