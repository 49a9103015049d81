/** Differences between our dictionaries and the facts that were judged for ours, by reason. Worded as facts.test.ts words them. */
const BY_REASON: Readonly<Record<string, readonly string[]>> = {
  "RFC 8506 section 8: its table has no M in the MUST column for these; freeDiameter sets it": [
    "CC-Correlation-Id: M may, fd-c must",
    "Service-Parameter-Info: M may, fd-c must",
    "Service-Parameter-Type: M may, fd-c must",
    "Service-Parameter-Value: M may, fd-c must",
    "User-Equipment-Info: M may, fd-c must",
    "User-Equipment-Info-Type: M may, fd-c must",
    "User-Equipment-Info-Value: M may, fd-c must",
  ],
  "RFC 8506 adds these members to RFC 4006, which is what the facts have": [
    "Credit-Control-Request: Subscription-Id-Extension optional 0 to Infinity, not in the facts",
    "Credit-Control-Request: User-Equipment-Info-Extension optional 0 to 1, not in the facts",
    "Credit-Control-Answer: QoS-Final-Unit-Indication optional 0 to 1, not in the facts",
    "Multiple-Services-Credit-Control: QoS-Final-Unit-Indication optional 0 to 1, not in the facts",
  ],
  "TS 29.061 clause 16.4.7: the M bit is not set; freeDiameter changed that to please a peer": [
    "3GPP-IMSI",
    "3GPP-Charging-Id",
    "3GPP-PDP-Type",
    "3GPP-IMSI-MCC-MNC",
    "3GPP-GGSN-MCC-MNC",
    "3GPP-NSAPI",
    "3GPP-Selection-Mode",
    "3GPP-Charging-Characteristics",
    "3GPP-SGSN-Ipv6-Address",
    "3GPP-GGSN-Ipv6-Address",
    "3GPP-SGSN-MCC-MNC",
    "3GPP-RAT-Type",
    "3GPP-User-Location-Info",
    "3GPP-MS-TimeZone",
  ].map((name) => `${name}: M mustnot, fd-c must`),
  "spelt as the specification spells it": [
    "Redirect-Address-IPAddress: name Redirect-Address-IP-Address",
    "3GPP-SGSN-Ipv6-Address: name 3GPP-SGSN-IPv6-Address",
    "3GPP-GGSN-Ipv6-Address: name 3GPP-GGSN-IPv6-Address",
    "Application-Provided-Called-Party-Address: name Application-provided-called-party-address",
    "QoS-Semantics: QOS_AUTHORISED (4), facts QoS-Authorized or QOS_AUTHORIZED or MINIMUM_QOS",
  ],
  "RFC 6733 section 3.2: a name has no blanks; the facts took them over from a table": [
    "Monitoring-Event-Report: name Monitoring Event Report",
    "Maximum-Latency: name Maximum Latency",
    "Maximum-Response-Time: name Maximum Response Time",
  ],
  "RFC 5777 section 4.2.9 and its table: 568 is Absolute-End-Time; the prose of that section slips into the name of another":
    ["Absolute-End-Time: name Time-Of-Day-End"],
  "TS 29.272: 1623 is Job-Type, Enumerated; the header of Area-Scope prints its code (dictionary-formats.md section 3)":
    ["Job-Type: name Area-Scope", "Job-Type: type Enumerated, facts Grouped"],
  "TS 29.272: a bit mask by its clause, whatever the table says (dictionary-formats.md section 5 for Preferred-Data-Mode)":
    [
      "Non-IP-Data-Delivery-Mechanism: type Unsigned32, facts Enumerated",
      "Preferred-Data-Mode: type Unsigned32, facts Grouped",
      "PDN-Connection-Continuity: type Unsigned32, facts Enumerated",
    ],
  "TS 32.299 and 29.272: the same value in fewer or better spelt words": [
    "Change-Condition: SERVICE_SPECIFIC_UNIT_LIMIT (12), facts Service Specific Time Limit",
    "Change-Condition: MAX_NUMBER_OF_CHANGES_IN_CHARGING_CONDITIONS (13), facts Max Number of Changes in Changing conditions",
    "Change-Condition: MANAGEMENT_INTERVENTION (20), facts Management Intervantion",
    "SM-Device-Trigger-Indicator: NOT_DEVICE_TRIGGER (0), facts Not DeviceTrigger or NOT_DEVICETRIGGER_ or Not-DeviceTrigger or NO",
    "CN-Operator-Selection-Entity: SERVING_NETWORK_SELECTED_BY_UE (0), facts The serving network has been selected by the UE or THE_SERVING_NETWORK_HAS_BEEN_SELECTED_BY_THE_UE or The-Serving-Network-has-been-selected-by-the-UE or The Serving Network has been selected by the UE or BY_UE",
    "CN-Operator-Selection-Entity: SERVING_NETWORK_SELECTED_BY_NETWORK (1), facts The serving network has been selected by the network or THE_SERVING_NETWORK_HAS_BEEN_SELECTED_BY_THE_NETWORK or The-Serving-Network-has-been-selected-by-the-network or The Serving Network has been selected by the network or BY_NETWORK",
  ],
};

/** The difference, and why ours is right. */
export const JUDGED: ReadonlyMap<string, string> = new Map(
  Object.entries(BY_REASON).flatMap(([reason, differences]) =>
    differences.map((difference) => [difference, reason] as const),
  ),
);
