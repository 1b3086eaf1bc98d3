/** A case in an address: its id has colons, which an address would have to escape. */
export const addressOfCase = (id: string): string => id.replaceAll(':', '.')
export const caseOfAddress = (address: string): string => address.replaceAll('.', ':')
