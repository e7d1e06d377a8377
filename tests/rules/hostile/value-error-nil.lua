-- an error that is nothing
-- expect: error the rule stopped itself without saying why; write error("the reason") (error was called)
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    error(nil)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
