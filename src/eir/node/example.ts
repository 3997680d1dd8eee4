/** A node file to begin with: what stands in it works, what is behind a # shows what else there is. */
export const EXAMPLE = `# One node of the live register: ceir eir --config node.yaml
# What is not said has the value in brackets.

name: node-1
operator: alfa                  # whose network asks, by the id of the country file
data: ./node-1                  # lists, journals, events, keys: one folder for one node
workers: 1                      # [1] threads that answer, each on a core
# log_level: info               # [info]
# drain_seconds: 10             # [10] for a farewell on SIGTERM
# pseudonym_key: ./pseudonym.key  # 32 hex digits, the same on all nodes; [made in the data folder]
# golden_key: ./country.key     # the country's pseudonym key, so that golden equipment is known here too

centre:                         # without it: the lists that the data folder holds
  url: http://127.0.0.1:7400
  token_file: ./node-1.token
  # ca: ./centre-ca.pem         # with https; cert and key where the centre wants to see them
  # cert: ./node-1.pem
  # key: ./node-1.key
  # shrink_percent: 50          # [50] of what is held, at most, may go by one snapshot; 100: all

admin:                          # /health /ready /metrics, POST /check
  host: 127.0.0.1
  port: 9464
  # token_file: ./admin.token   # needed where others than this machine can reach it

protocols:
  s13:                          # Diameter S13 and S13' (3GPP TS 29.272)
    - port: 3868
      identity: { host: eir.example, realm: example }
      # peers:                  # [everybody]
      #   - { host: mme1.example, operator: alfa }
      #   - { realm: epc.mnc001.mcc228.3gppnetwork.org, operator: beta }
      # plmns: [{ plmn: '22801', operator: alfa }]
      # tls: { key: ./eir.key, cert: ./eir.pem, ca: ./ca.pem }
  n5g_eir:                      # N5g-eir_EquipmentIdentityCheck (3GPP TS 29.511)
    - port: 7777
      # tls: { key: ./eir.key, cert: ./eir.pem }
      # oauth2: { keys: ./nrf.pem, issuer: 6faf1bbc-6e4a-4454-a507-a14ef8e1bc5c }
      # nrf: { url: http://127.0.0.10:7777, addresses: ['10.0.0.5'], plmns: ['228-01'] }
  gsup:                         # Osmocom; before an HLR everything else passes through
    - port: 4222
      # hlr: { host: 127.0.0.2 }
  suppl76:                      # queries of other registers (ITU-T Q Suppl.76)
    - port: 7676
  # map:                        # CHECK_IMEI (3GPP TS 29.002), over links that this node makes
  #   links:
  #     - { name: stp1, kind: ipa, host: 127.0.0.1, port: 5000, unit_name: eir }
  #   peers: [{ operator: alfa, titles: ['4179'] }]

events:
  # record: true                # [true]
  # most_megabytes: 1024        # [1024] kept here while the centre does not take them
  # file_seconds: 10            # [10]
  alarms:
    unit: police
    # tracked: true             # [true] everything on the tracked list
    reasons: []                 # and what is blocked for these reasons
`;
