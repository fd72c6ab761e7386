import { theWorld } from '../time/world.js';
import { Pod, type PodOwner, type Surroundings } from './pod.js';

const RESTART_MS = 3_000;

/** The pods that run. */
export class Fleet implements PodOwner {
  readonly pods = new Set<Pod>();
  drained = 0;
  #names = 0;

  constructor(private readonly scene: Surroundings) {}

  add(): Pod {
    this.#names += 1;
    const pod = new Pod(`pod-${this.#names}`, this.scene, this);
    pod.onDeath.add(() => this.pods.delete(pod));
    this.pods.add(pod);
    pod.start();
    return pod;
  }

  /** Starts a pod if there are too few. */
  fill(): void {
    const staying = [...this.pods].filter(({ isDraining }) => !isDraining);
    if (staying.length < this.scene.plan.settings.pods) theWorld().tell(`${this.add().name} starts`);
  }

  /** Restarts a pod, as Kubernetes does if its liveness probe fails. */
  restart(pod: Pod, why: string): void {
    theWorld().tell(`${pod.name} is restarted: ${why}`);
    pod.kill();
    theWorld().after(
      RESTART_MS,
      () => {
        this.fill();
      },
      null,
    );
  }
}
