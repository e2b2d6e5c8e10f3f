import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A way to a port of the loopback that can be interrupted as a network is: nothing is closed, and nothing arrives. */
export class BreakableLink {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #isBroken = false;

  private constructor(private readonly targetPort: number) {
    this.#server = createServer((near) => this.#join(near));
  }

  static async to(targetPort: number): Promise<BreakableLink> {
    const link = new BreakableLink(targetPort);
    await new Promise<void>((resolve) => link.#server.listen(0, '127.0.0.1', resolve));
    return link;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many bytes were kept from arriving: proof that the interruption was felt. */
  withheldBytes = 0;

  break(): void {
    this.#isBroken = true;
  }

  /** What was under way is lost, as after a partition that outlasts TCP; new connections pass. */
  heal(): void {
    this.#isBroken = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(near: Socket): void {
    const far = connect(this.targetPort, '127.0.0.1');
    this.#forward(near, far);
    this.#forward(far, near);
  }

  #forward(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('error', () => undefined);
    from.on('data', (bytes) => {
      if (this.#isBroken) this.withheldBytes += bytes.length;
      else to.write(bytes);
    });
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
