import { CCM, ID_ACK, ID_TAG, idGet, PONG, readCcm } from '../../codecs/ipa/ccm.ts';
import { IPA_HEADER } from '../../codecs/ipa/frame.ts';
import type { Asker } from '../checker.ts';
import type { Outgoing } from './outgoing.ts';
import type { Cause, Place, Rules } from './rules.ts';

/** All identities a server can ask for, in the order OsmoHLR asks in. */
const IDENTITIES = idGet([
  ID_TAG.unitId,
  ID_TAG.macAddress,
  ID_TAG.location1,
  ID_TAG.location2,
  ID_TAG.equipmentVersion,
  ID_TAG.softwareVersion,
  ID_TAG.unitName,
  ID_TAG.serialNumber,
]);
/** Longest name that is kept, in characters. */
const NAME = 64;

/**
 * Connection control between client and HLR. Pings are of one hop. The HLR's question for the identity passes to the client
 * and the answer back; from then on we answer it with the same octets, whenever the HLR was away. Where no HLR asks, we do.
 */
export class Identity {
  /** Who asks; without a name until the client said it. */
  asker: Asker;
  /** How far the HLR is: OsmoHLR drops what a client asks before it knows who that is. */
  link: 'down' | 'greeting' | 'up' = 'down';
  readonly #rules: Rules;
  readonly #client: Outgoing;
  readonly #hlr: Outgoing;
  readonly #pass: (out: Outgoing, place: Place) => void;
  #told: Buffer | undefined; // what the client said of itself, as a frame
  #asked = false; // the client has been asked
  #wanted = false; // the HLR waits for it
  #bridged = false; // the HLR of now asked the client itself
  #acknowledges = false; // the client sends ID_ACK

  constructor(rules: Rules, outs: { client: Outgoing; hlr: Outgoing; pass: (out: Outgoing, place: Place) => void }) {
    this.asker = { protocol: 'gsup', peer: '', operator: rules.operator };
    this.#rules = rules;
    this.#client = outs.client;
    this.#hlr = outs.hlr;
    this.#pass = outs.pass;
  }

  /** Whether the client said who it is. */
  get known(): boolean {
    return this.#told !== undefined;
  }

  /** The HLR's connection is there, or gone. */
  hlr(connected: boolean): void {
    this.link = connected ? 'greeting' : 'down';
    this.#wanted = false;
    this.#bridged = false;
  }

  /** Asks the client who it is, unless it was asked before. */
  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#client.add(IDENTITIES);
  }

  /** Takes connection control of the client; answers why it has to be cut, if so. */
  fromClient(place: Place): Cause | undefined {
    switch (place.bytes[place.start + IPA_HEADER]) {
      case CCM.ping:
        this.#client.add(PONG);
        break;
      case CCM.pong:
        break;
      case CCM.idResp:
        return this.#take(place);
      case CCM.idAck:
        // The first one may come after the HLR was told who the client is: it is told this, too.
        if (this.#bridged || (this.link === 'up' && !this.#acknowledges)) this.#pass(this.#hlr, place);
        this.#acknowledges = true;
        break;
      default:
        if (this.link !== 'down') this.#pass(this.#hlr, place);
        else this.#rules.count('gsup_dropped', 'no-hlr');
    }
    return undefined;
  }

  #take(place: Place): Cause | undefined {
    const said = readCcm(place.bytes, place.start + IPA_HEADER, place.end);
    const name =
      said.kind === 'idResp'
        ? (said.identities.get(ID_TAG.serialNumber) ?? said.identities.get(ID_TAG.unitName) ?? '')
        : '';
    const operator = this.#rules.peers?.get(name);
    if (this.#rules.peers !== undefined && operator === undefined) return 'stranger';
    this.#told = Buffer.from(place.bytes.subarray(place.start, place.end));
    this.#asked = true;
    this.asker = { protocol: 'gsup', peer: name.slice(0, NAME), operator: operator ?? this.#rules.operator };
    if (!this.#bridged) this.#client.add(ID_ACK);
    if (this.#wanted) this.#tell();
    return undefined;
  }

  /** Tells the HLR who the client is. */
  #tell(): void {
    if (this.#told === undefined) return;
    this.#wanted = false;
    this.link = 'up';
    this.#hlr.add(this.#told);
    if (!this.#bridged && this.#acknowledges) this.#hlr.add(ID_ACK);
  }

  /** Takes connection control of the HLR. */
  fromHlr(place: Place): void {
    switch (place.bytes[place.start + IPA_HEADER]) {
      case CCM.ping:
        this.#hlr.add(PONG);
        break;
      case CCM.pong:
        break;
      case CCM.idGet:
        this.#wanted = true;
        if (this.known && !this.#bridged) this.#tell();
        else if (this.known || !this.#asked) {
          this.#asked = true;
          this.#bridged = true;
          this.#pass(this.#client, place);
        }
        break;
      case CCM.idAck:
        if (this.#bridged) this.#pass(this.#client, place);
        break;
      default:
        this.#pass(this.#client, place);
    }
  }
}
