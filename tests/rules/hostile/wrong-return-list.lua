-- a list of texts recommended
-- expect: error recommend returned a string
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return { "coaching" }
  end,
}
