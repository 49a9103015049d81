/**
 * Keys: short names for folders, files and identifiers. They come from dictionary text, so what may be in one is narrow:
 * a path or a device name must never be among them.
 */

const KEY = /^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/;
const MAX_KEY = 64;

/** Names that Windows keeps for devices, whatever the extension. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)$/;

export function isKey(text: string): boolean {
  return text.length <= MAX_KEY && KEY.test(text) && !DEVICE.test(text);
}

/**
 * A key from any text: "Diameter Cx/Dx" gives "diameter-cx-dx". `prefix` stands before what could not begin one ("3GPP" gives
 * "vendor-3gpp"), `otherwise` where nothing is left of the text.
 */
export function slug(text: string, prefix: string, otherwise: string = prefix): string {
  const words = text
    .slice(0, MAX_KEY)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return isKey(words) ? words : words === "" ? otherwise : `${prefix}-${words}`.slice(0, MAX_KEY).replace(/-$/, "");
}
