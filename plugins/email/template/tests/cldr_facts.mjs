// Writes cldr_facts.tsv: money and dates as ICU formats them, for the comparison in locale_test.cpp.
// usage: node cldr_facts.mjs > cldr_facts.tsv
const locales = ['en', 'en-GB', 'en-CA', 'en-AU', 'de', 'de-AT', 'de-CH', 'fr', 'fr-CA', 'fr-CH', 'es',
  'es-MX', 'it', 'nl', 'pt', 'pt-PT', 'sv', 'da', 'nb', 'fi', 'pl'];
const currencies = ['EUR', 'USD', 'GBP', 'JPY', 'CAD', 'AUD', 'CHF', 'SEK', 'PLN', 'BRL', 'MXN', 'CNY', 'KWD'];
const amounts = [0, 5, 1999, 123450, -123456750];
for (const locale of locales) {
  for (const currency of currencies) {
    const format = new Intl.NumberFormat(locale, {style: 'currency', currency});
    const digits = format.resolvedOptions().maximumFractionDigits;
    for (const minor of amounts)
      console.log(['money', locale, currency, minor, format.format(minor / 10 ** digits)].join('\t'));
  }
  for (const second of [0, 951786245, 1772720829, 1797771600, 4102444799])
    for (const style of ['short', 'medium', 'long', 'full']) {
      const date = new Intl.DateTimeFormat(locale, {timeZone: 'UTC', dateStyle: style});
      console.log(['date', locale, style, second, date.format(second * 1000)].join('\t'));
    }
  const time = new Intl.DateTimeFormat(locale, {timeZone: 'UTC', timeStyle: 'short'});
  for (const second of [0, 30600, 50829, 86340])
    console.log(['date', locale, 'time', second, time.format(second * 1000)].join('\t'));
  const plural = new Intl.PluralRules(locale);
  for (const n of [0, 1, 2, 3, 5, 11, 12, 21, 22, 25, 101, 112])
    console.log(['plural', locale, '', n, plural.select(n)].join('\t'));
}
for (const zone of ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Sydney', 'America/Sao_Paulo', 'Africa/Casablanca'])
  for (const second of [-1e9, 0, 954032400, 1774745999, 1774746000, 1792889999, 1792890000, 3000000000, 7000000000]) {
    const date = new Intl.DateTimeFormat('en-GB', {timeZone: zone, dateStyle: 'short', timeStyle: 'medium'});
    console.log(['zone', zone, '', second, date.format(second * 1000)].join('\t'));
  }
