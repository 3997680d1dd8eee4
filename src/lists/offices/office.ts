/** The control lists that offices change, in the order in which they are published: exceptions before blocks. */
export const CONTROL_LISTS = ['exceptions', 'permitted', 'tracked', 'blocked'] as const;
export type ControlList = (typeof CONTROL_LISTS)[number];

/** Such a list as the feed names it, beside the one of the same name that runs make. */
export type OfficeList = `office_${ControlList}`;
export const officeList = (list: ControlList): OfficeList => `office_${list}`;
