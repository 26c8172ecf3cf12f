# Draws of a run of windup in Julia: an MCMCChains.Chains.
#
#   julia read_run.jl runs/published
#
# Needs the packages NCDatasets and MCMCChains.

using MCMCChains, NCDatasets

# All parameters of the posterior, with the names that windup gives them.
function read_draws(run)
    NCDataset(joinpath(run, "posterior.nc")) do file
        group = file.group["posterior"]
        names, parts = String[], Matrix{Float64}[]
        for (name, variable) in group
            ends = dimnames(variable)
            # NCDatasets gives the last dimension first: elements, draw, chain.
            length(ends) >= 2 && ends[end-1:end] == ("draw", "chain") || continue
            labels = [string.(group[dimension][:]) for dimension in ends[1:end-2]]
            values = Array(variable)
            for index in CartesianIndices(size(values)[1:end-2])
                # Reversed, since the first dimension of windup varies slowest.
                label = reverse([labels[place][index[place]] for place in eachindex(labels)])
                push!(names, isempty(label) ? name : "$name[$(join(label, ", "))]")
                push!(parts, values[index, :, :])
            end
        end
        # Iteration, parameter, chain.
        Chains(permutedims(stack(parts), (1, 3, 2)), names)
    end
end

isempty(ARGS) || display(summarystats(read_draws(ARGS[1])))
