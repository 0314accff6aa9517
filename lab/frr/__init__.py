"""MetalLB's FRR modes in the lab: FRR's daemons beside a speaker, configured by MetalLB.

The programs are the real ones: FRR is Debian's, the speaker, the metrics exporter and frr-k8s are
built from MetalLB's modules. Not there: the images, whose FRR is newer than Debian's.
"""
