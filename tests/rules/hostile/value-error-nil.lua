-- an error that is nothing
-- expect: error error was called
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    error(nil)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
