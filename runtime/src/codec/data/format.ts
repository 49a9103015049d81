/**
 * A data format of RFC 6733 sections 4.2 and 4.3: how the data of an AVP, without header and padding, becomes a value. Generated codecs
 * have their own faster ways; these serve AVPs that stand alone: the wildcard `* [ AVP ]`, dictionaries read at run time, tools.
 */
export interface DataFormat<T> {
  /** "Unsigned32" */
  readonly name: string;
  /** Octets of the shortest data, which a zero-filled AVP in Failed-AVP has (RFC 6733 section 7.5). */
  readonly minLength: number;
  /**
   * The value; owns its octets.
   *
   * @throws {AvpError} with Result-Code 5014 for a wrong length, 5004 for octets that are no value
   */
  decode(data: Uint8Array): T;
  /** @throws {EncodeError} for a value that the format cannot carry */
  encode(value: T): Uint8Array;
}
