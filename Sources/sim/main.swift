import Foundation
import Model
import Simulation

// sim [explore] [--seed N] [--seeds N] [--first N] [--workers N] [--dense]: simulated time by the day, until an invariant breaks,
// or every short history of a small world.
let options: Options
do {
    options = try Options(Array(CommandLine.arguments.dropFirst()))
} catch {
    print("sim: \(error)")
    exit(2)
}
exit((options.explores ? explore(workers: options.workers) : run(options)) ? 0 : 1)
