-- an error that is a table
-- expect: error withheld
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    error({ code = need.title })
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
