//! Builds the program again when a rule pack has changed: the packs are part of the binary.

fn main() {
    println!("cargo::rerun-if-changed=rules");
}
