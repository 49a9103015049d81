/** RFC 6733 section 6, routing and the AVPs that it uses, where no other test shows it. */
import { describe, expect, test } from "vitest";
import { type Avp, Header, RawMessage } from "../../../runtime/src/index.js";
import { type DissectedMessage, dissect, findAvp, resultCode } from "../../support/dissect.js";
import { RawClient } from "../../support/raw-client.js";
import { answerTo, meetRawPeers, textAvp } from "../../support/raw-peers.js";
import { tiny, tinyApplication } from "../../support/tiny-command.js";

const text = (message: DissectedMessage, code: number) =>
  message.avps.filter((avp) => avp.code === code).map(({ data }) => data.toString());

describe("6.1 Diameter Request Routing Overview", () => {
  test("CER, DWR and DPR, which are never proxied, have neither Destination-Realm nor Destination-Host", async () => {
    await using met = await meetRawPeers(["one"]);
    const { one } = met.peers;
    const dwa = await one.exchange(
      RawMessage.of(new Header(0x80, 280, 0, 1, 2), [textAvp(264, "one.test"), textAvp(296, "test")]).bytes,
    );
    const stopped = met.node.stop({ timeoutMs: 100 });
    const dpr = await one.nextOf(282, "request");
    await one.close();
    await stopped;
    for (const bytes of [met.cers.one, dwa, dpr]) {
      const message = dissect(bytes);
      expect(text(message, 283).concat(text(message, 293))).toEqual([]);
      // 6.3, 6.4: who sends it stands in all messages.
      expect([text(message, 264), text(message, 296)]).toEqual([["node.test"], ["test"]]);
    }
  });

  test("a request to a realm has Destination-Realm and no Destination-Host; one to a server there has both; both have their origin", async () => {
    await using met = await meetRawPeers(["one"]);
    met.node.request(tiny, { destinationRealm: "test", userName: "alice" }).catch(() => {});
    const toRealm = dissect(await met.peers.one.nextOf(tiny.code, "request"));
    expect([text(toRealm, 283), text(toRealm, 293)]).toEqual([["test"], []]);
    met.node
      .request(tiny, { destinationRealm: "test", destinationHost: "one.test", userName: "alice" })
      .catch(() => {});
    const toHost = dissect(await met.peers.one.nextOf(tiny.code, "request"));
    expect([text(toHost, 283), text(toHost, 293)]).toEqual([["test"], ["one.test"]]);
    for (const request of [toRealm, toHost]) {
      expect(request).toMatchObject({ request: true, proxiable: true, code: tiny.code });
      expect([text(request, 264), text(request, 296)]).toEqual([["node.test"], ["test"]]);
      expect(request.applicationId).toBe(tinyApplication.id);
    }
  });
});

describe("6.1.5, 6.1.7, 6.1.9: a relay", () => {
  /** A relay that is connected to these, and a client of it that is no peer of ours either. */
  async function relayTo<Name extends string>(...names: Name[]) {
    const met = await meetRawPeers(names, {
      applications: [],
      advertise: { relay: true },
      accept: "any",
      listen: [{ host: "127.0.0.1", port: 0 }],
    });
    const client = await RawClient.connect(met.node.addresses[0]?.port as number);
    const { avps } = dissect(met.cers[names[0] as Name]);
    client.send(
      RawMessage.of(
        new Header(0x80, 257, 0, 1, 1),
        avps.map((avp) => (avp.code === 264 ? textAvp(264, "client.test") : (avp as Avp))),
      ).bytes,
    );
    expect(resultCode(dissect(await client.next()))).toBe(2001);
    return { met, client };
  }
  const request = (...more: Avp[]) =>
    RawMessage.of(new Header(0xc0, tiny.code, tinyApplication.id, 0x11, 0x22), [
      textAvp(263, "far.test;1;1"),
      textAvp(264, "far.test"),
      textAvp(296, "elsewhere"),
      textAvp(283, "test"),
      textAvp(1, "alice"),
      ...more,
    ]).bytes;

  test("6.1.5: sends a request to the peer that is its Destination-Host, not to the first of the realm", async () => {
    const { met, client } = await relayTo("one", "two");
    await using _met = met;
    client.send(request(textAvp(293, "TWO.test")));
    const forwarded = await met.peers.two.nextOf(tiny.code, "request");
    met.peers.two.send(answerTo(forwarded, 2001));
    expect(resultCode(dissect(await client.next()))).toBe(2001);
    await expect(met.peers.one.next({ timeoutMs: 1 })).rejects.toThrow();
    await client.close();
  });

  test("6.7.1: appends the Origin-Host of the sender's CER, whoever the request is from", async () => {
    const { met, client } = await relayTo("one");
    await using _met = met;
    client.send(request(textAvp(282, "far.test")));
    const forwarded = dissect(await met.peers.one.nextOf(tiny.code, "request"));
    expect(text(forwarded, 264)).toEqual(["far.test"]);
    expect(text(forwarded, 282)).toEqual(["far.test", "client.test"]);
    expect(forwarded.avps.at(-1)?.flags).toBe(0x40);
    await client.close();
  });

  test("6.1.7: ignores a candidate that a Route-Record names, and takes another one", async () => {
    const { met, client } = await relayTo("one", "two");
    await using _met = met;
    client.send(request(textAvp(282, "One.TEST")));
    const forwarded = await met.peers.two.nextOf(tiny.code, "request");
    met.peers.two.send(answerTo(forwarded, 2001));
    expect(resultCode(dissect(await client.next()))).toBe(2001);
    await client.close();
  });

  test("6.1.7: answers 3002 with the E bit where Route-Records name all candidates, in its own name", async () => {
    const { met, client } = await relayTo("one", "two");
    await using _met = met;
    client.send(request(textAvp(282, "one.test"), textAvp(282, "two.test")));
    const answer = dissect(await client.next());
    expect(answer).toMatchObject({ error: true, hopByHop: 0x11, endToEnd: 0x22 });
    expect(resultCode(answer)).toBe(3002);
    // 7.1, 7.4: who sets Result-Code is who Origin-Host says, so there is no Error-Reporting-Host.
    expect([text(answer, 264), findAvp(answer, 294)]).toEqual([["node.test"], undefined]);
    expect(text(answer, 263)).toEqual(["far.test;1;1"]);
    await client.close();
  });

  test("6.1.7: a Route-Record that names a candidate keeps it out also after a failover", async () => {
    const { met, client } = await relayTo("one", "two", "three");
    await using _met = met;
    client.send(request(textAvp(282, "two.test")));
    await met.peers.one.nextOf(tiny.code, "request");
    await met.peers.one.close();
    expect(dissect(await met.peers.three.nextOf(tiny.code, "request")).retransmitted).toBe(true);
    await expect(met.peers.two.next({ timeoutMs: 1 })).rejects.toThrow();
    await client.close();
  });

  test("7.1.3 and figure 7: tries the next peer where one cannot deliver; the last error goes back as it is", async () => {
    const { met, client } = await relayTo("one", "two");
    await using _met = met;
    client.send(request());
    met.peers.one.send(answerTo(await met.peers.one.nextOf(tiny.code, "request"), 3002));
    const second = await met.peers.two.nextOf(tiny.code, "request");
    expect(dissect(second)).toMatchObject({ retransmitted: false, endToEnd: 0x22 });
    met.peers.two.send(answerTo(second, 3004, [textAvp(281, "much to do", 0)]));
    const answer = dissect(await client.next());
    expect([resultCode(answer), text(answer, 281), answer.hopByHop]).toEqual([3004, ["much to do"], 0x11]);
    await client.close();
  });
});
