/**
 * Passwords, and words that they are made of, which are tried first by whoever guesses. A small list: what is longer than
 * the least length is mostly one of these with digits behind it, which `judgePassword` looks through.
 */
export const COMMON: ReadonlySet<string> = new Set([
  ...[
    'password',
    'passwort',
    'passw0rd',
    'motdepasse',
    'contrasena',
    'contraseña',
    'senha',
    'parola',
    'пароль',
    'mima',
  ],
  ...[
    'qwerty',
    'qwertyuiop',
    'azerty',
    'azertyuiop',
    'qwertz',
    'qwertzuiop',
    'asdfghjkl',
    'zxcvbnm',
    'йцукен',
    'qazwsx',
  ],
  ...['qwertyuiopasdfghjkl', 'qwertyuiopasdfghjklzxcvbnm', '1q2w3e4r5t6y', '1qaz2wsx3edc', 'qazwsxedcrfv', '1q2w3e4r'],
  ...['letmein', 'welcome', 'willkommen', 'bienvenue', 'bienvenido', 'benvenuto', 'bemvindo', 'iloveyou', 'trustno'],
  ...['admin', 'administrator', 'root', 'master', 'superuser', 'manager', 'operator', 'supervisor', 'test', 'testing'],
  ...['user', 'guest', 'default', 'changeme', 'changeit', 'secret', 'temporary', 'temp', 'login', 'access', 'private'],
  ...['monkey', 'dragon', 'football', 'baseball', 'basketball', 'soccer', 'hockey', 'superman', 'batman', 'pokemon'],
  ...['princess', 'sunshine', 'shadow', 'michael', 'jennifer', 'jordan', 'charlie', 'daniel', 'jessica', 'ashley'],
  ...['spring', 'summer', 'autumn', 'winter', 'january', 'february', 'march', 'april', 'june', 'july', 'august'],
  ...['september', 'october', 'november', 'december', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
  ...['computer', 'internet', 'samsung', 'iphone', 'android', 'google', 'facebook', 'whatsapp', 'microsoft', 'apple'],
  ...['ceir', 'openceir', 'eir', 'imei', 'dirbs', 'register', 'regulator', 'telecom', 'police', 'customs', 'authority'],
  ...['correcthorsebatterystaple', 'thisismypassword', 'passwordpassword', 'adminadmin', 'iloveyouforever'],
]);
