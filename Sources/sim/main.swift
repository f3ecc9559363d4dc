import Foundation
import Model
import Simulation

// sim [--scene NAME] [--seed N] [--seeds N] [--first N] [--workers N] [--dense] [--log]: simulated time by the day, until an
// invariant breaks.
// sim explore [--budget RESULTS,COMMANDS,CRASHES,LOSSES,FAILURES] [--workers N]: every short history of a small world.
let options: Options
do {
    options = try Options(Array(CommandLine.arguments.dropFirst()))
} catch {
    print("sim: \(error)")
    exit(2)
}
exit((options.explores ? explore(options) : run(options)) ? 0 : 1)
