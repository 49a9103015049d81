/** Capabilities exchange: RFC 6733 section 5.3. */

import { describe, expect, test } from "vitest";
import type { ApplicationDefinition, KnownAvps } from "../../../runtime/src/codegen/types.js";
import type { Capabilities } from "../../../runtime/src/peer/base-messages.js";
import { ApplicationSet, accepts, localCapabilities, refusal } from "../../../runtime/src/peer/capabilities.js";
import type { Link } from "../../../runtime/src/peer/link.js";

const application = (
  id: number,
  kind: "auth" | "acct" | "base",
  vendorId = 0,
  avps: KnownAvps = new Map(),
): ApplicationDefinition => ({
  name: `app${id}`,
  id,
  kind,
  vendorId,
  avps: [avps],
});
const vendor = (...ids: number[]): KnownAvps => new Map(ids.map((id) => [id, new Map([[1, 0]])]));
const base = { originHost: "us.test", originRealm: "test", vendorId: 0, productName: "test" };
const theirs = (change: Partial<Capabilities>): Capabilities => ({
  originHost: "them.test",
  originRealm: "test",
  hostIpAddress: [],
  vendorId: 0,
  productName: "",
  supportedVendorId: [],
  authApplicationId: [],
  inbandSecurityId: [],
  acctApplicationId: [],
  vendorSpecificApplicationId: [],
  ...change,
});

describe("what we advertise", () => {
  test("applications by their kind; vendor-specific ones in their group; base not at all", () => {
    const applications = [
      application(0, "base"),
      application(6, "auth"),
      application(3, "acct"),
      application(16_777_251, "auth", 10_415),
      application(77, "acct", 9),
    ];
    expect(localCapabilities({ ...base, applications })).toMatchObject({
      authApplicationId: [6],
      acctApplicationId: [3],
      vendorSpecificApplicationId: [
        { vendorId: 10_415, authApplicationId: 16_777_251 },
        { vendorId: 9, acctApplicationId: 77 },
      ],
      // 6.10: "The use of this AVP in CER and CEA messages is NOT RECOMMENDED."
      inbandSecurityId: [],
      supportedVendorId: [10_415, 9],
    });
  });

  test("advertise overrides, part by part", () => {
    const applications = [application(6, "auth"), application(3, "acct")];
    expect(localCapabilities({ ...base, applications, advertise: { acct: [3, 6] } })).toMatchObject({
      authApplicationId: [6],
      acctApplicationId: [3, 6],
    });
    expect(localCapabilities({ ...base, applications, advertise: { auth: [], relay: true } })).toMatchObject({
      authApplicationId: [0xffffffff],
      acctApplicationId: [3],
    });
    expect(
      localCapabilities({
        ...base,
        applications,
        advertise: { vendorSpecific: [{ vendorId: 1, authApplicationId: 2 }] },
      }),
    ).toMatchObject({ vendorSpecificApplicationId: [{ vendorId: 1, authApplicationId: 2 }] });
  });

  test("5.3.6: Supported-Vendor-Id is never 0, never twice, and not the device's own", () => {
    const applications = [application(1, "auth", 5, vendor(0, 5, 6)), application(2, "auth", 5, vendor(6, 42))];
    expect(
      localCapabilities({ ...base, vendorId: 42, applications, extensions: [vendor(7), vendor(0, 7)] })
        .supportedVendorId,
    ).toEqual([5, 6, 7]);
  });
});

describe("applications in common", () => {
  const ours = ApplicationSet.of(localCapabilities({ ...base, applications: [application(6, "auth")] }));

  test.each<[string, Partial<Capabilities>, boolean]>([
    ["the same AVP", { authApplicationId: [6] }, true],
    // freeDiameter advertises the application of RFC 4740 as Acct-Application-Id.
    ["another AVP", { acctApplicationId: [3, 6] }, true],
    // 5.3: "The value of the Vendor-Id AVP in the Vendor-Specific-Application-Id MUST NOT be used during computation."
    ["a vendor's group", { vendorSpecificApplicationId: [{ vendorId: 999, acctApplicationId: 6 }] }, true],
    // 5.3: "advertising itself as a relay MUST be interpreted as having common applications"
    ["a relay", { authApplicationId: [0xffffffff] }, true],
    ["a relay that says Acct", { acctApplicationId: [0xffffffff] }, true],
    ["another application", { authApplicationId: [4] }, false],
    ["none", {}, false],
  ])("%s", (_name, change, common) => {
    const them = ApplicationSet.of(theirs(change));
    expect(ours.meets(them)).toBe(common);
    expect(them.meets(ours)).toBe(common);
    expect(them.supports(6)).toBe(common);
  });
});

interface LinkKind {
  readonly inband?: "either" | "required";
  /** It is one of TLS, and the certificate is the peer's, or somebody else's. */
  readonly certified?: boolean;
}

function linkOf({ inband, certified }: LinkKind): Link {
  const security = certified === undefined ? undefined : { problem: () => (certified ? undefined : "is another's") };
  return { connection: { security }, inband: inband && { required: inband === "required" } } as unknown as Link;
}

describe("whose CER is refused", () => {
  const local = localCapabilities({ ...base, applications: [application(6, "auth")] });

  test.each<[string, Partial<Capabilities>, boolean, number | undefined]>([
    ["welcome", { authApplicationId: [6] }, true, undefined],
    ["unknown", { authApplicationId: [6] }, false, 3010],
    ["our own name", { originHost: "US.test", authApplicationId: [6] }, true, 3010],
    ["no application", { authApplicationId: [7] }, true, 5010],
    ["TLS in band only", { authApplicationId: [6], inbandSecurityId: [1] }, true, 5017],
    ["TLS in band or none", { authApplicationId: [6], inbandSecurityId: [1, 0] }, true, undefined],
  ])("%s", (_name, change, welcome, resultCode) => {
    const standing = { welcome, protectedOnly: false };
    expect(refusal(local, theirs(change), linkOf({}), standing)?.resultCode).toBe(resultCode);
  });

  /** Inband-Security-Id of RFC 6733 section 6.10, on listeners of every kind; 5017 is DIAMETER_NO_COMMON_SECURITY. */
  test.each<[listener: LinkKind, offer: readonly number[], protectedOnly: boolean, resultCode: number | undefined]>([
    [{}, [], false, undefined],
    [{}, [0], false, undefined],
    [{}, [1], false, 5017],
    [{}, [0, 1], false, undefined],
    [{}, [7], false, 5017],
    // A peer that is configured with TLS is not believed without it.
    [{}, [], true, 5017],
    [{}, [0, 1], true, 5017],
    [{ inband: "either" }, [], false, undefined],
    [{ inband: "either" }, [1], false, undefined],
    [{ inband: "either" }, [7], false, 5017],
    [{ inband: "either" }, [], true, 5017],
    [{ inband: "either" }, [1], true, undefined],
    [{ inband: "required" }, [], false, 5017],
    [{ inband: "required" }, [0], false, 5017],
    [{ inband: "required" }, [0, 1], false, undefined],
    // Under TLS the AVP means nothing any more, but the certificate does.
    [{ certified: true }, [], true, undefined],
    [{ certified: true }, [1], false, undefined],
    [{ certified: false }, [], false, 3010],
  ])("%j, CER with %j, to be protected %j: %j", (kind, inbandSecurityId, protectedOnly, resultCode) => {
    const cer = theirs({ authApplicationId: [6], inbandSecurityId });
    expect(refusal(local, cer, linkOf(kind), { welcome: true, protectedOnly })?.resultCode).toBe(resultCode);
  });

  test("accept: any, a list without case, a predicate", () => {
    expect(accepts("any", "a.test", "test", false)).toBe(true);
    expect(accepts(["A.Test"], "a.test", "test", false)).toBe(true);
    expect(accepts([], "a.test", "test", false)).toBe(false);
    expect(accepts((host, realm) => host.endsWith(realm), "a.test", "test", false)).toBe(true);
    expect(accepts((_host, _realm, secured) => secured, "a.test", "test", false)).toBe(false);
    expect(accepts((_host, _realm, secured) => secured, "a.test", "test", true)).toBe(true);
  });
});
