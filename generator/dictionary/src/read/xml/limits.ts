/** What the XML reader accepts. The largest real dictionaries are below 1 MB, nest 6 elements and have attributes of 200 characters. */
export const XML_LIMITS = {
  /** Characters of one file. */
  fileSize: 16 * 1024 * 1024,
  /** Elements inside elements. */
  depth: 32,
  /** Characters of one attribute's value. */
  attributeLength: 64 * 1024,
} as const;
