/** What the owner of a lost device can do with its maker's own service (ITU-T X.1127: lock, erase, and take it back). */
export type MakerAdvice = {
  /** The service's name, as its maker writes it. */
  readonly service: string;
  /** Where it is reached from another device; undefined where there is none of the maker's own. */
  readonly url: string | undefined;
  /** What to do, in this order. */
  readonly steps: readonly string[];
};

type Entry = MakerAdvice & { readonly brands: readonly string[] };

const KEEP = 'Do not remove the device from your account: while it stays there, nobody else can set it up.';
const MESSAGE = 'Lock it, and let its screen show a number of somebody who can be reached: not your home address.';
const ERASE =
  'Erase it if what is on it matters more than finding it: an erased device can often no longer be located.';
const PASSWORDS = 'Change the passwords of your mail and your bank, and end sessions that are open on the device.';
const COMMON = [MESSAGE, ERASE, KEEP, PASSWORDS];

const google = (brands: readonly string[]): Entry => ({
  brands,
  service: 'Google Find Hub (Find My Device)',
  url: 'https://www.google.com/android/find',
  steps: ['Sign in with the Google account that is on the device, and choose it.', ...COMMON],
});

const own = (brands: readonly string[], service: string, url: string): Entry => ({
  brands,
  service,
  url,
  steps: ['Sign in with the account of the maker that is on the device, and choose it.', ...COMMON],
});

/** By brand, in lower case. The words are ours; addresses as their makers published them. */
const ENTRIES: readonly Entry[] = [
  {
    brands: ['apple', 'iphone', 'ipad'],
    service: 'Find My (Lost Mode, Activation Lock)',
    url: 'https://www.icloud.com/find',
    steps: [
      'Sign in with the Apple Account that is on the device, choose it, and mark it as lost: that locks it.',
      'Ignore messages that ask for your password or for the code of the device, even if they seem to come from Apple.',
      ERASE,
      KEEP,
      PASSWORDS,
    ],
  },
  own(['samsung'], 'SmartThings Find', 'https://smartthingsfind.samsung.com'),
  own(['xiaomi', 'redmi', 'poco'], 'Xiaomi Find Device', 'https://i.mi.com'),
  own(['huawei'], 'Huawei Find Device', 'https://cloud.huawei.com'),
  own(['honor'], 'Honor Find Device', 'https://cloud.honor.com'),
  google(['google', 'pixel', 'motorola', 'nokia', 'hmd', 'sony', 'oneplus', 'realme', 'oppo', 'vivo']),
  google(['tecno', 'infinix', 'itel', 'lg', 'htc', 'asus', 'lenovo', 'zte', 'tcl', 'alcatel', 'fairphone', 'nothing']),
];

const GENERIC: MakerAdvice = {
  service: 'the maker’s own service for lost devices',
  url: undefined,
  steps: [
    'If the device was set up with an account (Apple, Google, or its maker’s), sign in there from another device.',
    ...COMMON,
  ],
};

/** The advice for a make as a reporter writes it, or as a TAC database does; a general one where it is not known. */
export function adviceFor(make: string | undefined): MakerAdvice {
  const words = (make ?? '').toLowerCase().split(/[^\p{L}\p{N}]+/u);
  const entry = ENTRIES.find(({ brands }) => brands.some((brand) => words.includes(brand)));
  if (entry === undefined) return GENERIC;
  const { brands: _, ...advice } = entry;
  return advice;
}
