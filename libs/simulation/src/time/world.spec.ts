import { SimulatedProcess } from './simulated-process.js';
import { createWorld } from './world.js';

describe('World', () => {
  it('lets promises settle before the next event happens', async () => {
    const world = createWorld(1);
    const seen: string[] = [];
    world.after(1, () => {
      void Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => seen.push('promise'));
    });
    world.after(1, () => seen.push('next'));
    await world.run(10);
    expect(seen).toEqual(['promise', 'next']);
    expect(world.now).toBe(10);
  });

  it('drops the events of a dead process, and defers those of a frozen one until it thaws', async () => {
    const world = createWorld(1);
    const [dead, frozen] = [new SimulatedProcess('dead'), new SimulatedProcess('frozen')];
    const seen: string[] = [];
    world.after(5, () => seen.push('dead'), dead);
    world.after(5, () => seen.push(`frozen at ${world.now}`), frozen);
    dead.isDead = true;
    frozen.isFrozen = true;
    world.after(20, () => {
      world.thaw(frozen);
    });
    await world.run(30);
    expect(seen).toEqual(['frozen at 20']);
  });

  it('knows the process of an event, even after promises', async () => {
    const world = createWorld(1);
    const pod = new SimulatedProcess('pod');
    let found: SimulatedProcess | null = null;
    world.as(pod, () => void world.sleep(1).then(() => (found = world.process)));
    await world.run(5);
    expect(found).toBe(pod);
  });

  it('reports a process that never waits', async () => {
    const world = createWorld(1);
    const again = () => {
      world.after(0, again);
    };
    again();
    await world.run(1);
    expect(world.violation).toContain('without waiting');
  });
});
