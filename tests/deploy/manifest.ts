/** The parts of Kubernetes objects that the tests use. The schemas check whether they are valid. */
export interface Manifest {
  kind: string;
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  spec?: {
    replicas?: number;
    strategy?: unknown;
    template?: { metadata: { labels?: Record<string, string> }; spec: PodSpec };
    selector?: Record<string, string> & {
      matchLabels?: Record<string, string>;
      matchExpressions?: { key: string; operator: string; values: string[] }[];
    };
    ports?: { name: string }[];
    /** NetworkPolicy. */
    podSelector?: { matchLabels?: Record<string, string> };
    policyTypes?: string[];
    egress?: {
      to?: { ipBlock?: { cidr: string; except?: string[] } }[];
      ports: { port: number | string }[];
    }[];
    /** ServiceMonitor. */
    jobLabel?: string;
    endpoints?: { port: string }[];
    /** ScaledObject, TriggerAuthentication, HorizontalPodAutoscaler. */
    maxReplicaCount?: number;
    maxReplicas?: number;
    minReplicaCount?: number;
    pollingInterval?: number;
    triggers?: { metadata: Record<string, string> }[];
    secretTargetRef?: { name: string; key: string }[];
  };
}

export interface PodSpec {
  automountServiceAccountToken?: boolean;
  enableServiceLinks?: boolean;
  terminationGracePeriodSeconds?: number;
  securityContext?: { runAsNonRoot?: boolean; runAsUser?: number; seccompProfile?: { type: string } };
  containers: Container[];
  volumes?: { name: string; secret?: { secretName: string }; hostPath?: unknown }[];
}

export interface Container {
  image: string;
  imagePullPolicy?: string;
  args?: string[];
  env?: { name: string; value: string }[];
  envFrom?: { configMapRef: { name: string } }[];
  ports?: { name: string; containerPort: number }[];
  lifecycle?: unknown;
  startupProbe?: Probe;
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  securityContext?: {
    allowPrivilegeEscalation?: boolean;
    readOnlyRootFilesystem?: boolean;
    capabilities?: { drop?: string[] };
  };
  volumeMounts?: { name: string; mountPath: string }[];
}

interface Probe {
  httpGet?: { path: string; port: string };
}
