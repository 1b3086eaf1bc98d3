/**
 * The **development door**: the tour, the demonstration group's people, mails, clock and faults. Absent in production;
 * open to whoever is on this machine, and to no other site's page (a foreign `Origin` is refused).
 */
export { createDevDoor } from './create-dev-door.ts'
