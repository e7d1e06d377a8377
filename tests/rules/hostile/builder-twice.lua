-- the same development twice
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    local d = shadowing {}
    return { d, d }
  end,
}
