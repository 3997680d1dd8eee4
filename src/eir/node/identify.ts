/** The 14 digits of an IMEI of 14, 15 or 16 digits, and the software version of one of 16. */
export const imeiOf = (text: string): { readonly imei: number; readonly svn: number } => ({
  imei: Number(text.slice(0, 14)),
  svn: text.length === 16 ? Number(text.slice(14)) : -1,
});
