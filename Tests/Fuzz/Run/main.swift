// The fuzzer: libFuzzer drives, our reading and a running stack with a call that stands are what it drives.
// `make fuzz` builds it with the address sanitizer; its arguments are libFuzzer's.
import CFuzzDoor
import Foundation

if !fuzz_own_network() {
    print("This process shares the machine's network: what is sent to a mutated address leaves it.")
}
Engine.shared.open()
atexit { Engine.shared.close() }
if !fuzz_drive(CommandLine.argc, CommandLine.unsafeArgv, { Engine.shared.take($0!, $1) }) {
    print("This build has no libFuzzer: use `make fuzz`.")
    exit(2)
}
