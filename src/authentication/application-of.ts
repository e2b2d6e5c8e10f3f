/**
 * Which application's service a request belongs to.
 *
 * Passport keeps its strategies in one registry per process, under their names, so a second
 * application in the process replaces those of the first. Guards belong to one application; what they
 * note here is what the strategy uses.
 */
export class ApplicationOf<Service extends object> {
  readonly #services = new WeakMap<object, Service>();

  note(request: object, service: Service): void {
    this.#services.set(request, service);
  }

  of(request: object): Service | undefined {
    return this.#services.get(request);
  }
}
