# Draws of a run of windup in R: a draws_array for posterior and bayesplot.
#
#   Rscript read_run.R runs/published            a summary of all parameters
#   Rscript read_run.R runs/published out.csv    the same as a table
#
# Needs the packages ncdf4 and posterior.

library(ncdf4)

# All parameters of a group of posterior.nc, with the names that windup gives them.
read_draws <- function(run, group = "posterior") {
  file <- nc_open(file.path(run, "posterior.nc"))
  on.exit(nc_close(file))
  names <- grep(paste0("^", group, "/"), names(file$var), value = TRUE)
  parts <- lapply(names, function(name) draws_of(file, name))
  array <- do.call(abind_variables, Filter(Negate(is.null), parts))
  posterior::as_draws_array(array)
}

# One parameter as iteration x chain x element; NULL for what has no draws or no element.
draws_of <- function(file, name) {
  dims <- lapply(file$var[[name]]$dim, function(dim) dim$name)
  ends <- basename(unlist(dims))
  # ncdf4 gives the last dimension first: elements, draw, chain.
  if (length(ends) < 2 || !identical(utils::tail(ends, 2), c("draw", "chain"))) return(NULL)
  size <- file$var[[name]]$varsize
  if (any(size == 0)) return(NULL)
  draws <- utils::tail(size, 2)
  values <- array(ncvar_get(file, name), c(prod(size) / prod(draws), draws))
  values <- aperm(values, c(2, 3, 1))
  dimnames(values) <- list(iteration = NULL, chain = NULL, variable = labels_of(file, name, ends))
  values
}

# name[label] or name[label, label], with the labels of its coordinates.
labels_of <- function(file, name, ends) {
  elements <- utils::head(ends, -2)
  short <- basename(name)
  if (length(elements) == 0) return(short)
  labels <- lapply(elements, function(end) as.character(ncvar_get(file, file.path(dirname(name), end))))
  # Reversed, since the first dimension of windup varies slowest.
  grid <- expand.grid(labels, stringsAsFactors = FALSE)
  paste0(short, "[", do.call(paste, c(rev(grid), sep = ", ")), "]")
}

abind_variables <- function(...) {
  parts <- list(...)
  names <- unlist(lapply(parts, function(part) dimnames(part)[[3]]))
  array <- array(unlist(parts), c(dim(parts[[1]])[1:2], length(names)))
  dimnames(array) <- list(iteration = NULL, chain = NULL, variable = names)
  array
}

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) > 0) {
  draws <- read_draws(arguments[1])
  found <- posterior::summarise_draws(draws, "mean", "sd", "rhat", "ess_bulk", "ess_tail")
  if (length(arguments) == 1) {
    print(found)
  } else {
    # Plain columns, without the formatting of posterior.
    found <- data.frame(variable = found$variable, lapply(found[-1], as.numeric))
    utils::write.csv(found, arguments[2], row.names = FALSE)
  }
}
